"""Composition of pieces in a form, such as AABA."""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import symusic

from seqzoo.zoo.music.cadence import ends_on_tonic
from seqzoo.zoo.music.chord_symbols import ChordError, Progression
from seqzoo.zoo.music.key_and_spelling import estimated_key
from seqzoo.zoo.music.score import Key, ScoreError, key_of, piano_notes
from seqzoo.zoo.note_generator.composing.rows import write_rows
from seqzoo.zoo.note_generator.conditions import (
    ConditionError,
    checked_form,
    header_values,
    spoken_key,
)
from seqzoo.zoo.note_generator.constraints.chord_constraint import (
    TONIC,
    ChordPlan,
    bass_of,
    check_fits,
    tones_of,
)
from seqzoo.zoo.note_generator.events.names import (
    BAR,
    POSITIONS_OF_BEAT,
    TIME_SIGNATURE,
    beats_of_bar,
    kind_and_value,
    positions_of_duration,
)
from seqzoo.zoo.note_generator.prompt import bars_of_prompt, first_bars, in_prompt_style

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator

_MOST_EVENTS_OF_A_BAR = 128
"""The default maximum number of events; Schubert's bars have 40 on average."""


@dataclasses.dataclass(frozen=True)
class FormedPiece:
    """A piece in a form.

    Attributes:
        score: The piece, prompt included.
        key: The key given in the piece; estimated if there is none.
        on_tonic: Whether its last sonority is the tonic chord of the key.
    """

    score: symusic.Score
    key: Key
    on_tonic: bool

    def sentence(self) -> str:
        """Returns a sentence that says how the piece ends."""
        ends = "ends" if self.on_tonic else "does not end"
        return f"The last section {ends} on the tonic chord of {spoken_key(self.key)}."


def compose_form(
    task: NoteGenerator,
    prompt: Any = None,
    form: str = "AABA",
    bars: int = 8,
    *,
    pieces: int = 1,
    close: bool = False,
    chords: Progression = (),
    max_new_tokens: int | None = None,
) -> list[FormedPiece]:
    """Composes pieces section by section, with the sampler of `compile`.

    A section with a new letter is sampled. A section with an earlier letter repeats its events,
    which the network reads, so that the following sections depend on them. All sections have the
    same number of whole bars, in one time signature; notes that extend beyond the end of a section
    are cut there.

    Args:
        task: A `NoteGenerator`.
        prompt: A score, with which the first section begins, or `Conditions`. `None` starts a new
            piece.
        form: A letter for each section. Defaults to `"AABA"`.
        bars: The number of bars of a section. Defaults to 8.
        pieces: The number of pieces, which are sampled as one batch. Defaults to 1.
        close: Whether the last section, and every section with its letter, ends with a bar of the
            tonic chord. Defaults to `False`.
        chords: The chords of a section, bar by bar; fewer bars of chords repeat within the section.
            Defaults to none.
        max_new_tokens: Maximum number of events to add to each piece. Defaults to 128 for each bar.

    Returns:
        The pieces.

    Raises:
        ChordError: If the chords do not fit the bars, or do not end on the tonic with `close`.
        ConditionError: If the form is invalid, or the prompt is longer than a section or changes
            its time signature.
        ScoreError: If the prompt is missing, unreadable or without notes, or the events do not
            suffice for all sections.
        ValueError: If `bars` or `pieces` is below 1, or the sampler chooses among whole sequences,
            such as beam search.
    """
    if bars < 1 or pieces < 1:
        raise ValueError(
            "A form takes at least one bar for each section and at least one piece. Received: "
            f"bars={bars!r}, pieces={pieces!r}"
        )
    form = checked_form(form)
    midi, ids = task.preprocessor.one_prompt(prompt)
    tokenizer = task.preprocessor.tokenizer
    names = [tokenizer.id_to_token(token_id) for token_id in ids]
    given = bars_of_prompt(prompt, ids)
    _check_prompt(names, given, bars)
    _check_chords(chords, names, bars, close)
    grammar = _grammar(tokenizer.get_vocabulary())
    is_section = given == bars and ids[-1] == grammar.bar
    if is_section:
        # The bar line at its end begins the next section, which may be a repetition.
        ids = ids[:-1]
    rows = [_Row(grammar, ids, is_section, form, bars) for _ in range(pieces)]
    if max_new_tokens is None:
        max_new_tokens = _MOST_EVENTS_OF_A_BAR * bars * len(form)
    before = task.chord_plan
    task.chord_plan = form_plan(form, bars, chords, close)
    try:
        write_rows(task, ids, rows, max_new_tokens)
    finally:
        task.chord_plan = before
    if not all(row.is_whole for row in rows):
        raise ScoreError(
            f"The {bars * len(form)} bars of {form} are not whole after {max_new_tokens} events: "
            "lower the number of bars, or use another seed."
        )
    scores = [in_prompt_style(tokenizer.detokenize(row.ids), midi) for row in rows]
    return [_formed(first_bars(score, bars * len(form))) for score in scores]


def form_plan(
    form: str, bars: int, chords: Progression = (), close: bool = False
) -> ChordPlan | None:
    """Returns the chords of all bars of a form; `None` if all bars are free.

    Args:
        form: A letter for each section.
        bars: The number of bars of a section.
        chords: The chords of a section, bar by bar.
        close: Whether every section with the last letter ends with the tonic chord.
    """
    if not chords and not close:
        return None
    section: list[Any] = [chords[bar % len(chords)] if chords else () for bar in range(bars)]
    closing = [*section[:-1], TONIC]
    return ChordPlan(
        tuple(
            bar for letter in form for bar in (closing if close and letter == form[-1] else section)
        )
    )


def _check_prompt(names: Sequence[str], given: int, bars: int) -> None:
    if given > bars:
        raise ConditionError(
            f"The prompt has {given} bars, more than the {bars} of a section: lower the bars of "
            "the prompt, or raise those of a section."
        )
    metres = [
        name.removeprefix(TIME_SIGNATURE) for name in names if name.startswith(TIME_SIGNATURE)
    ]
    for number, metre in enumerate(metres, start=1):
        if metre != metres[0]:
            raise ConditionError(
                f"The prompt changes from {metres[0]} to {metre} in bar {number}, and the sections "
                "of a form have whole bars of one time signature: give another prompt."
            )


def _check_chords(chords: Progression, names: Sequence[str], bars: int, close: bool) -> None:
    check_fits(chords, names)
    if len(chords) > bars:
        raise ChordError(
            f"There are {len(chords)} bars of chords, more than the {bars} of a section: give at "
            "most as many."
        )
    key, _ = header_values(names)
    if not close or not chords or key is None:
        return
    last = chords[(bars - 1) % len(chords)]
    if (
        len(last) > 1
        or last[0].bass not in bass_of(None, key)
        or not tones_of(None, key) <= last[0].tones
    ):
        raise ChordError(
            f"The last bar of a section has {' '.join(chord.name for chord in last)}, and a piece "
            f"that is complete ends on the tonic chord of {spoken_key(key)}: end the chords of a "
            "section on it, or name another key."
        )


def _formed(score: symusic.Score) -> FormedPiece:
    notes = piano_notes(score)
    key = key_of(score) or estimated_key(notes)
    return FormedPiece(score, key, bool(notes) and ends_on_tonic(notes, key))


class _Row:
    """A piece that writes its sections; see `rows.Row`.

    Args:
        grammar: The events.
        prompt_ids: The events of the prompt.
        is_section: Whether the prompt is a whole section.
        form: A letter for each section.
        bars: The number of bars of a section.

    Attributes:
        ids: The events so far.
        is_whole: Whether all sections are written.
    """

    def __init__(
        self,
        grammar: _Grammar,
        prompt_ids: Sequence[int],
        is_section: bool,
        form: str,
        bars: int,
    ) -> None:
        self.ids = list(prompt_ids)
        self.is_whole = False
        self._grammar, self._form, self._bars = grammar, form, bars
        self._is_section = is_section
        self._written = self._sections(list(prompt_ids))
        next(self._written)

    def write(self, drawn: int) -> int | None:
        """See `rows.Row.write`."""
        try:
            token_id = self._written.send(drawn)
        except StopIteration:
            self.is_whole = True
            return None
        self.ids.append(token_id)
        return token_id

    def _sections(self, prompt_ids: list[int]) -> Generator[int, int, None]:
        """Yields the events to write, and receives those that were sampled."""
        grammar = self._grammar
        sections: dict[str, list[int]] = {}
        drawn = yield grammar.bar  # the first event is sampled before any is written
        while not prompt_ids and drawn != grammar.bar:
            drawn = yield drawn
        if self._is_section:
            drawn = grammar.bar
        first_bar = prompt_ids.index(grammar.bar) if prompt_ids else 0
        given = prompt_ids[first_bar:]
        for letter in self._form:
            if letter in sections:
                for token_id in sections[letter]:
                    drawn = yield token_id
                continue
            section = _Section(grammar, self._bars)
            for token_id in given:
                section.write(token_id)
            given = []
            while not section.ends_before(drawn):
                drawn = yield section.write(section.fitting(drawn))
            sections[letter] = section.ids
            grammar = grammar._replace(metre=section.metre)


class _Section:
    """A section of whole bars, which is written event by event.

    Attributes:
        ids: The events so far.
        metre: The event of its time signature; `None` before the first one.
    """

    def __init__(self, grammar: _Grammar, bars: int) -> None:
        self.ids: list[int] = []
        self.metre = grammar.metre
        self._grammar, self._bars = grammar, bars
        self._begun = self._position = self._positions_of_bar = 0

    def ends_before(self, token_id: int) -> bool:
        """Returns whether the section is whole if this event follows."""
        return self._begun == self._bars and token_id == self._grammar.bar

    def fitting(self, drawn: int) -> int:
        """Returns the event to write in place of a sampled one.

        The section begins with a bar, its bars have one time signature, and notes end with it.
        """
        kind, _ = self._grammar.events[drawn]
        if not self.ids:
            return self._grammar.bar
        if kind == "TimeSig" and self.metre is not None:
            return self.metre
        if kind == "Duration":
            return self._grammar.at_most(drawn, self._positions_left())
        return drawn

    def write(self, token_id: int) -> int:
        """Adds an event, and returns it."""
        kind, value = self._grammar.events[token_id]
        if kind == "Bar":
            self._begun += 1
        elif kind == "TimeSig":
            self.metre = token_id
            self._positions_of_bar = beats_of_bar(value) * POSITIONS_OF_BEAT
        elif kind == "Position":
            self._position = int(value)
        self.ids.append(token_id)
        return token_id

    def _positions_left(self) -> int:
        return (self._bars - self._begun + 1) * self._positions_of_bar - self._position


class _Grammar(NamedTuple):
    """The events by id, as kind and value, and those that sections speak of.

    Attributes:
        events: All events.
        bar: The event that begins a bar.
        lengths: The durations in positions with their ids, ascending.
        metre: The time signature; `None` before the first bar.
    """

    events: Sequence[tuple[str, str]]
    bar: int
    lengths: Sequence[tuple[int, int]]
    metre: int | None = None

    def at_most(self, duration: int, positions: int) -> int:
        """Returns a duration, or the longest one that lasts a number of positions at most."""
        _, value = self.events[duration]
        if positions_of_duration(value) <= positions:
            return duration
        return self.lengths[bisect.bisect_right(self.lengths, (positions, len(self.events))) - 1][1]


def _grammar(names: Sequence[str]) -> _Grammar:
    events = [kind_and_value(name) for name in names]
    lengths = sorted(
        (positions_of_duration(value), token_id)
        for token_id, (kind, value) in enumerate(events)
        if kind == "Duration"
    )
    return _Grammar(events, names.index(BAR), lengths)
