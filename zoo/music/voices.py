"""The voice of a song among several players."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from seqzoo.core.errors import SeqzooError

# Words of names, in the languages of many scores, that say who sings.
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
# Instruments are named after voices, too.
_PLAYS = re.compile(
    r"sax|flute|flöte|recorder|oboe|bassoon|fagott|trumpet|horn|clarinet|klarinette|trombone"
    r"|posaune|viol|cello|guitar|banjo|tuba"
    r"|drum|bell|pad|synth|organ|piano|klavier|back(?:ing|ground)|choir|chor|coro",
    re.IGNORECASE,
)
# Of several players who are called so, none is accompanied: they are a choir.
_OF_CHOIRS = re.compile(r"sopran|alto|tenor|bar[ií]ton|mezzo", re.IGNORECASE)
# A voice sings one note at a time, but players hold notes for a moment longer.
_MOST_TOGETHER = 1 / 4


class VoiceError(SeqzooError, ValueError):
    """A voice that was asked for and is not there; says which players there are."""


class Player(NamedTuple):
    """A track or a part.

    Attributes:
        name: What it is called.
        spans: Where its notes begin and end.
        has_voice_program: Whether its MIDI program is one of voices.
        has_words: Whether there are words to sing.
        has_staves: Whether it has several staves, as keyboards do.
    """

    name: str
    spans: Sequence[tuple[int, int]]
    has_voice_program: bool = False
    has_words: bool = False
    has_staves: bool = False


def voice_among(players: Sequence[Player], wanted: str | None = None) -> int | None:
    """The place of the voice among players; `None` if there is none, or several could be it.

    It is the only one with words beside a keyboard; else the only one that is called a voice or
    the melody, beside others; else the only one in a MIDI program of voices. Those two sing one
    note at a time.

    Args:
        players: The players.
        wanted: The name of the voice, or a part of it that no other name has, or its number from 1
            among the players with notes. Defaults to finding it.

    Raises:
        VoiceError: If there is no such player, or several are called so.
    """
    if wanted is not None:
        return _called(players, wanted)
    sung = [
        place for place, player in enumerate(players) if player.has_words and not player.has_staves
    ]
    if sung and any(player.has_staves for player in players):
        # In a choir, too, the words may stand below one part only.
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
    """Whether notes hardly sound together; none at all are one line, too."""
    sounding = together = until = 0
    for start, end in sorted(spans):
        sounding += max(end - max(start, until), 0)
        together += max(min(end, until) - start, 0)
        until = max(until, end)
    return together <= _MOST_TOGETHER * sounding


def _called(players: Sequence[Player], wanted: str) -> int:
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
