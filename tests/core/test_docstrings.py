"""Help that is read from docstrings."""

from seqzoo.core.docstrings import argument_help


def draw(*shapes, colour="red", **options):
    """Draws shapes.

    Args:
        *shapes: What is drawn,
            from left to right.
        colour: Of all of them.
        **options: Of the canvas.

    Returns:
        The picture.
    """


def test_arguments_of_any_number_have_help_too():
    assert argument_help(draw) == {
        "shapes": "What is drawn, from left to right.",
        "colour": "Of all of them.",
        "options": "Of the canvas.",
    }
