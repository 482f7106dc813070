"""Names of events, `<kind>_<value>`, such as `TimeSig_6/8`."""

BAR = "Bar_None"
"""The event that starts a bar."""

TIME_SIGNATURE = "TimeSig_"
"""The prefix of the events that name a time signature."""

PARTS = ("Voice", "Piano")
"""The kinds of pitch events, one per part of the score."""

VOICE, PIANO = range(len(PARTS))
"""Numbers of the parts."""

POSITIONS_OF_BEAT = 12
"""Positions per beat; the denominator of the time signature is the beat."""

QUARTERS_OF_FIRST_BAR = 4.0
"""Length in quarter notes of a bar before any time signature."""


def kind_and_value(name: str) -> tuple[str, str]:
    """Splits a name into kind and value.

    >>> kind_and_value("TimeSig_6/8")
    ('TimeSig', '6/8')
    """
    kind, value = name.split("_", 1)
    return kind, value


def beats_of_bar(time_signature: str) -> int:
    """Returns the number of beats in a bar.

    >>> beats_of_bar("6/8")
    6
    """
    return int(time_signature.split("/")[0])


def quarters_of_beat(time_signature: str) -> float:
    """Returns the length of a beat in quarter notes.

    >>> quarters_of_beat("6/8")
    0.5
    """
    return 4 / int(time_signature.split("/")[1])


def quarters_of_bar(time_signature: str) -> float:
    """Returns the length of a bar in quarter notes.

    >>> quarters_of_bar("6/8")
    3.0
    """
    return beats_of_bar(time_signature) * quarters_of_beat(time_signature)


def beats_of_position(position: str) -> float:
    """Returns the number of beats before a position.

    >>> beats_of_position("18")
    1.5
    """
    return int(position) / POSITIONS_OF_BEAT


def beats_of_duration(duration: str) -> float:
    """Returns a duration in beats; miditok writes it as beats, subdivisions, and resolution.

    >>> beats_of_duration("1.6.12")
    1.5
    """
    beats, parts, resolution = map(int, duration.split("."))
    return beats + parts / resolution


def positions_of_duration(duration: str) -> int:
    """Returns a duration in positions.

    >>> positions_of_duration("1.6.12")
    18
    """
    return round(beats_of_duration(duration) * POSITIONS_OF_BEAT)
