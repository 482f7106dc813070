"""A few of many, not picked by hand."""


def spread(count: int, most: int) -> list[int]:
    """Places at even distances, the first and the last among them.

    Args:
        count: How many places there are.
        most: How many are taken at most; at least 2.

    >>> spread(9, 3), spread(2, 3)
    ([0, 4, 8], [0, 1])
    """
    if count <= most:
        return list(range(count))
    return [place * (count - 1) // (most - 1) for place in range(most)]
