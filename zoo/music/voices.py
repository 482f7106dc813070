"""Detection of the voice among the parts of a song."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from seqzoo.core.errors import SeqzooError

# Part names of singers in the most common languages of scores.
_SINGERS = (
    *("(?:contr)?alto", "baritone?", "bar[íi]tono", "bariton", "cantante", "cantora?", "canto"),
    *(
        "cantus",
        "chant",
        "gesang",
        "lead voice",
        "m[ée]lodie",
        "melod(?:y|ia|ía)",
        "mezzo(?:-?soprano)?",
    ),
    *("melódica", "sang", "sång", "singer", "singstimme", "sopran(?:o|e)?", "stimme", "tenore?"),
    *("vocal(?:s|ista?)?", "voce", "voices?", "voix", "vokal", "vox", "voz", "zang"),
)
_SINGS = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_SINGERS)})(?![^\W\d_])", re.IGNORECASE)
# Some instruments are named after voices, such as the alto saxophone.
_PLAYS = re.compile(
    r"sax|flute|flöte|recorder|oboe|bassoon|fagott|trumpet|horn|clarinet|klarinette|trombone"
    r"|posaune|viol|cello|guitar|banjo|tuba"
    r"|drum|bell|pad|synth|organ|piano|klavier|back(?:ing|ground)|choir|chor|coro",
    re.IGNORECASE,
)
# Several parts with these names are a choir, which has no accompanied voice.
_OF_CHOIRS = re.compile(r"sopran|alto|tenor|bar[ií]ton|mezzo", re.IGNORECASE)
# A voice sings one note at a time, but notes in performed MIDI overlap slightly.
_MOST_TOGETHER = 1 / 4


class VoiceError(SeqzooError, ValueError):
    """Raised if a requested voice does not exist; the message lists the parts."""


class Player(NamedTuple):
    """A track or a part.

    Attributes:
        name: Its name.
        spans: Start and end of each note.
        has_voice_program: Whether its MIDI program is vocal.
        has_words: Whether it has lyrics.
        has_staves: Whether it has several staves, as keyboard parts do.
    """

    name: str
    spans: Sequence[tuple[int, int]]
    has_voice_program: bool = False
    has_words: bool = False
    has_staves: bool = False


def find_voice(players: Sequence[Player], wanted: str | None = None) -> int | None:
    """Returns the index of the voice among players, or `None` if there is none or it is ambiguous.

    The voice is the only player with lyrics beside a keyboard; otherwise the only one with the name
    of a voice or melody, beside others; otherwise the only one with a vocal MIDI program. In the
    last two cases it must be monophonic.

    Args:
        players: The players.
        wanted: The name of the voice, a substring that occurs in no other name, or its number,
            counted from 1 among the players with notes. Defaults to automatic detection.

    Raises:
        VoiceError: If no player matches, or several do.
    """
    if wanted is not None:
        return _find_by_name(players, wanted)
    sung = [
        place for place, player in enumerate(players) if player.has_words and not player.has_staves
    ]
    if sung and any(player.has_staves for player in players):
        # A choir may also have its lyrics below one part only.
        return sung[0] if len(sung) == 1 else None
    lines = [place for place, player in enumerate(players) if _is_one_line(player.spans)]
    accompanied = sum(bool(player.spans) for player in players) > 1
    is_choir = sum(bool(_OF_CHOIRS.search(player.name)) for player in players) > 1
    named = [
        place
        for place in lines
        if accompanied and players[place].spans and _is_singer(players[place].name, is_choir)
    ]
    vocal = [place for place in lines if players[place].has_voice_program]
    return next((found[0] for found in (named, vocal) if len(found) == 1), None)


def _is_singer(name: str, is_choir: bool) -> bool:
    others = [_PLAYS, _OF_CHOIRS] if is_choir else [_PLAYS]
    return bool(_SINGS.search(name)) and not any(pattern.search(name) for pattern in others)


def _is_one_line(spans: Sequence[tuple[int, int]]) -> bool:
    """Returns whether notes hardly overlap; no notes count as one line too."""
    sounding = together = until = 0
    for start, end in sorted(spans):
        sounding += max(end - max(start, until), 0)
        together += max(min(end, until) - start, 0)
        until = max(until, end)
    return together <= _MOST_TOGETHER * sounding


def _find_by_name(players: Sequence[Player], wanted: str) -> int:
    heard = [place for place, player in enumerate(players) if player.spans]
    names = {place: players[place].name.strip().casefold() for place in heard}
    name = wanted.strip().casefold()
    matches = (
        [place for place in heard if names[place] == name],
        heard[int(name) - 1 : int(name)] if re.fullmatch(r"[1-9]\d{0,5}", name) else [],
        [place for place in heard if name and name in names[place]],
    )
    found = next(filter(None, matches), [])
    if len(found) != 1:
        known = ", ".join(
            f"{number} {players[place].name!r}" for number, place in enumerate(heard, start=1)
        )
        problem = "has no track" if not found else f"has {len(found)} tracks"
        raise VoiceError(f"{problem} {wanted!r}; name one of {known}, or its number")
    return found[0]
