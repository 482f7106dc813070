"""Names of events: a kind, `_` and a value, such as `TimeSig_6/8`."""

PARTS = ("Voice", "Piano")
"""The kinds of pitches: who sings or plays them."""

POSITIONS_OF_BEAT = 12
"""Positions of a beat, of which the lower number of the time signature says what it is."""

QUARTERS_OF_FIRST_BAR = 4.0
"""Quarter notes of a bar before which no time signature stands."""


def kind_and_value(name: str) -> tuple[str, str]:
    """The two sides of a name.

    >>> kind_and_value("TimeSig_6/8")
    ('TimeSig', '6/8')
    """
    kind, value = name.split("_", 1)
    return kind, value


def beats_of_bar(time_signature: str) -> int:
    """The beats of a bar.

    >>> beats_of_bar("6/8")
    6
    """
    return int(time_signature.split("/")[0])


def quarters_of_beat(time_signature: str) -> float:
    """The length of a beat in quarter notes.

    >>> quarters_of_beat("6/8")
    0.5
    """
    return 4 / int(time_signature.split("/")[1])


def quarters_of_bar(time_signature: str) -> float:
    """The length of a bar in quarter notes.

    >>> quarters_of_bar("6/8")
    3.0
    """
    return beats_of_bar(time_signature) * quarters_of_beat(time_signature)


def beats_of_position(position: str) -> float:
    """The beats before a position.

    >>> beats_of_position("18")
    1.5
    """
    return int(position) / POSITIONS_OF_BEAT


def beats_of_duration(duration: str) -> float:
    """The beats of a duration, which miditok writes as beats, parts, and the parts of a beat.

    >>> beats_of_duration("1.6.12")
    1.5
    """
    beats, parts, resolution = map(int, duration.split("."))
    return beats + parts / resolution
