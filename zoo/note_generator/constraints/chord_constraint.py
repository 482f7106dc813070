"""The sampling constraint of given chords."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import symusic
import tensorflow as tf
from keras import ops

from seqzoo.core.types import Tensor
from seqzoo.zoo.music.cadence import tonic_of
from seqzoo.zoo.music.chord_symbols import ChordError, ChordSymbol, PlacedChord, Progression
from seqzoo.zoo.music.score import HIGHEST, LOWEST, Key, bar_ticks, bars, metrical_beats
from seqzoo.zoo.note_generator.conditions import header_values
from seqzoo.zoo.note_generator.constraints.note_constraint import NoteConstraint
from seqzoo.zoo.note_generator.events.names import (
    PARTS,
    POSITIONS_OF_BEAT,
    beats_of_bar,
    kind_and_value,
    positions_of_duration,
)
from seqzoo.zoo.note_generator.events.transposed_pitch import semitones_above_written
from seqzoo.zoo.note_generator.prompt import bars_of_prompt

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator

_VOICE, _PIANO = PARTS

TONIC = "tonic"
"""A bar of a `ChordPlan` that is the tonic chord of the key, struck once."""

_CLOSING_NOTES = 5
"""The most notes of a closing chord, as it cannot go on to another position but only upwards."""

_MANY = 1000
"""More bars than any note lasts."""


@dataclasses.dataclass(frozen=True)
class ChordPlan:
    """The chords of the bars of a piece.

    Attributes:
        bars: For each bar its chords, which divide it evenly: none, if it is free, or `TONIC`. The
            bars repeat.
        first_bar: The number of bars before the first of them, which are free.
    """

    bars: tuple[tuple[ChordSymbol, ...] | str, ...]
    first_bar: int = 0

    def chords_of(self, bar: int) -> tuple[ChordSymbol, ...]:
        """Returns the chord symbols of a bar, counted from 0."""
        if bar < self.first_bar:
            return ()
        planned = self.bars[(bar - self.first_bar) % len(self.bars)]
        return () if isinstance(planned, str) else planned


def check_fits(progression: Progression, names: Sequence[str]) -> None:
    """Checks that no bar has more chords than beats.

    Args:
        progression: The chords.
        names: The names of the events of the prompt, the last of whose time signatures counts.

    Raises:
        ChordError: If one has.
    """
    found = [kind_and_value(name) for name in names]
    time_signature = next((value for kind, value in reversed(found) if kind == "TimeSig"), None)
    if time_signature is None:
        return
    beats = _metrical_beats(time_signature)
    for number, chords in enumerate(progression, start=1):
        if len(chords) > beats:
            raise ChordError(
                f"Bar {number} of the chords has {len(chords)} of them, and a bar of "
                f"{time_signature} has {beats} beats: give at most one chord a beat."
            )


def continued_chords(task: NoteGenerator, prompt: Any, chords: Progression) -> ChordPlan:
    """Returns the plan of chords that begin with the first new bar after a prompt.

    Args:
        task: A `NoteGenerator`, whose `chord_plan` can be set to the plan.
        prompt: A score, `Conditions`, or `None`.
        chords: The chords; see `seqzoo.zoo.music.chord_symbols.parsed_progression`.

    Raises:
        ChordError: If a bar has more chords than beats.
        ScoreError: If the prompt is missing, unreadable or without notes.
    """
    tokenizer = task.preprocessor.tokenizer
    _, ids = task.preprocessor.one_prompt(prompt)
    check_fits(chords, [tokenizer.id_to_token(token_id) for token_id in ids])
    return ChordPlan(chords, bars_of_prompt(prompt, ids))


def _metrical_beats(time_signature):
    """Returns the number of beats of a time signature such as `6/8`."""
    return metrical_beats(*map(int, time_signature.split("/")))


def placed_chords(plan: ChordPlan, score: symusic.Score) -> list[PlacedChord]:
    """Returns the chord symbols of a plan above the bars of a score."""
    placed = []
    for number, bar in enumerate(bars(score)):
        chords = plan.chords_of(number)
        beats = metrical_beats(bar.numerator, bar.denominator)
        beat = bar_ticks(bar.numerator, bar.denominator) // beats
        for index, chord in enumerate(chords):
            first_beat = -(-index * beats // len(chords))
            placed.append(PlacedChord(bar.start + first_beat * beat, chord.name))
    return placed


@functools.lru_cache(maxsize=16)
def chord_constraint(
    names: tuple[str, ...], vocal_range: tuple[int, int], metre_changes: bool, plan: ChordPlan
) -> ChordConstraint:
    """Returns the cached `ChordConstraint`, so that it is created and compiled only once."""
    return ChordConstraint(names, vocal_range, metre_changes, plan)


class _Place(NamedTuple):
    """Where a piece stands, integers `(batch,)`.

    Attributes:
        bars: The number of bars begun.
        key: The number of the key, 0 for none.
        bar: The length of a bar in positions, 0 before the first time signature.
        beat: The length of a beat of the metre in positions.
        position: The latest position in the bar, -1 at its start.
        struck: The number of notes that the piano has begun at this position.
        is_piano: 1 if the latest note belongs to the piano.
    """

    bars: Tensor
    key: Tensor
    bar: Tensor
    beat: Tensor
    position: Tensor
    struck: Tensor
    is_piano: Tensor


class ChordConstraint(NoteConstraint):
    """Keeps the piano to given chords, in addition to the rules of `NoteConstraint`.

    The piano plays the bass of every chord at its first beat, as its lowest note there. Its notes
    that begin on a beat belong to the chord, and none sounds on beyond the next first beat of a
    chord. All other notes are free. A beat is that of the metre: a dotted quarter note in 6/8. A
    bar of `TONIC` has a single onset, at which the piano plays the tonic triad in at most five
    notes, the tonic lowest, and the voice nothing but the tonic; no note sounds on into it.

    Args:
        names: The names of the events, by id.
        vocal_range: See `NoteConstraint`.
        metre_changes: See `NoteConstraint`.
        plan: The chords.
    """

    def __init__(
        self,
        names: Sequence[str],
        vocal_range: tuple[int, int],
        metre_changes: bool,
        plan: ChordPlan,
    ):
        super().__init__(names, vocal_range, metre_changes)
        events = [kind_and_value(name) for name in names]

        def table(wanted: str, number_of: Callable[[str], int]) -> np.ndarray:
            """Returns a number by event id; -1 for events of another kind."""
            values = [number_of(value) if kind == wanted else -1 for kind, value in events]
            return np.array(values, "int32")

        self._begins_bar, self._ends_piece = (
            table(kind, lambda _: 0) == 0 for kind in ("Bar", "EOS")
        )
        self._position = table("Position", int)
        self._pitches = {part: table(part, int) for part in PARTS}
        self._duration = table("Duration", positions_of_duration)
        self._bar = table("TimeSig", lambda value: beats_of_bar(value) * POSITIONS_OF_BEAT)
        self._beat = table(
            "TimeSig",
            lambda value: beats_of_bar(value) * POSITIONS_OF_BEAT // _metrical_beats(value),
        )
        key_names = [name for name in names if name.startswith("Key_")]
        self._key = table("Key", lambda value: 1 + key_names.index(f"Key_{value}"))
        keys = [None, *(header_values([name])[0] for name in key_names)]
        self._first_bar = plan.first_bar
        self._closes = np.array([bar == TONIC for bar in plan.bars])
        self._count = np.array([1 if bar == TONIC else len(bar) for bar in plan.bars], "int32")
        self._bars_to_closing = _bars_to_next(self._closes)
        # The index of the first chord of each bar among the chords of all bars.
        self._offset = np.cumsum(self._count, dtype="int32") - self._count
        chords = [chord for bar in plan.bars for chord in ([None] if isinstance(bar, str) else bar)]
        self._tones, self._basses = (
            np.array([[self._is_pitch(key, of(chord, key)) for chord in chords] for key in keys])
            for of in (tones_of, bass_of)
        )
        self._keys = np.array([self._is_pitch(key, range(12)) for key in keys])
        self._voice_tonics = np.array(
            [self._is_pitch(key, bass_of(None, key), _VOICE) for key in keys]
        )

    def _is_pitch(self, key, pitch_classes, part=_PIANO):
        """Returns booleans `(vocabulary,)`: the notes of a part with sounding pitch classes."""
        written = self._pitches[part]
        sounding = written + semitones_above_written(key)
        on_the_keys = (sounding >= LOWEST) & (sounding <= HIGHEST)
        return (written >= 0) & on_the_keys & np.isin(sounding % 12, list(pitch_classes))

    def initial_state(self, batch):
        """Returns the initial state of `NoteConstraint`, and the place in the piece."""
        state = super().initial_state(batch)
        nothing = ops.zeros_like(state[1])
        return state, _Place(nothing, nothing, nothing, nothing, nothing - 1, nothing, nothing)

    def advance(self, state, token_ids):
        """See `SamplingConstraint.advance`."""
        notes, place = state

        def latest(table, before):
            value = tf.gather(table, token_ids)
            return ops.where(value >= 0, value, before)

        is_bar = tf.gather(self._begins_bar, token_ids)
        is_piano, is_voice = (
            tf.gather(self._pitches[part] >= 0, token_ids) for part in reversed(PARTS)
        )
        is_onset = ops.logical_or(is_bar, tf.gather(self._position >= 0, token_ids))
        return super().advance(notes, token_ids), _Place(
            bars=place.bars + ops.cast(is_bar, "int32"),
            key=latest(self._key, place.key),
            bar=latest(self._bar, place.bar),
            beat=latest(self._beat, place.beat),
            position=ops.where(is_bar, -1, latest(self._position, place.position)),
            struck=ops.where(is_onset, 0, place.struck + ops.cast(is_piano, "int32")),
            is_piano=ops.where(is_piano, 1, ops.where(is_voice, 0, place.is_piano)),
        )

    def allowed_tokens(self, state):
        """See `SamplingConstraint.allowed_tokens`."""
        notes, place = state
        number = place.bars - 1 - self._first_bar
        row = ops.maximum(number, 0) % len(self._count)
        count = tf.gather(self._count, row)
        allowed = self._allowed_by_chord(place, row, ops.maximum(count, 1))
        is_free = (number < 0) | (count == 0) | (place.bar == 0)
        # No note sounds on into a closing bar, and no note of the piano into the first chord.
        bars_ahead = tf.gather(self._bars_to_closing, row)
        begins_before = (number < 0) & (place.is_piano > 0)
        bars_ahead = ops.where(begins_before, ops.minimum(bars_ahead, -number), bars_ahead)
        end = bars_ahead * place.bar - place.position
        is_short = (place.bar == 0)[:, None] | (self._duration <= end[:, None])
        return super().allowed_tokens(notes) & (is_free[:, None] | allowed) & is_short

    def _allowed_by_chord(self, place, row, count):
        beats = place.bar // ops.maximum(place.beat, 1)
        beat = ops.maximum(place.position, 0) // ops.maximum(place.beat, 1)
        index = ops.minimum(beat * count // ops.maximum(beats, 1), count - 1)

        def start_of(chord):
            return -(-chord * beats // count) * place.beat

        # A free bar has no chord of its own, and none is used.
        chord = ops.minimum(tf.gather(self._offset, row) + index, self._tones.shape[1] - 1)
        # At the start of a bar its first chord is still to come; after the last one, the bar line.
        begins = place.position < 0
        following = ops.where(begins, 0, start_of(index + 1))
        is_struck = (place.struck > 0) | (place.position != start_of(index))
        may_leave = is_struck & ~begins
        closes = tf.gather(self._closes, row)
        on_beat = place.position % ops.maximum(place.beat, 1) == 0

        tones, basses = (
            tf.gather_nd(table, ops.stack([place.key, chord], axis=1))
            for table in (self._tones, self._basses)
        )
        piano = ops.where(on_beat[:, None], tones, tf.gather(self._keys, place.key))
        piano = ops.where(is_struck[:, None], piano, basses)
        piano &= ~(closes & (place.struck >= _CLOSING_NOTES))[:, None]
        voice = ops.where(closes[:, None], tf.gather(self._voice_tonics, place.key), True)
        positions = (self._position <= following[:, None]) & (may_leave | begins)[:, None]
        positions &= ~closes[:, None] | (self._position == 0)
        bar_line = (may_leave & (following >= place.bar))[:, None]
        # Notes of the voice may sound on.
        sounds = following - ops.maximum(place.position, 0)
        lengths = (place.is_piano[:, None] == 0) | (self._duration <= sounds[:, None])
        is_voice, is_piano = (self._pitches[part] >= 0 for part in PARTS)
        return (
            (~is_piano | piano)
            & (~is_voice | voice)
            & ((self._position < 0) | positions)
            & (~(self._begins_bar | self._ends_piece) | bar_line)
            & ((self._duration < 0) | lengths)
        )


def _bars_to_next(closes: np.ndarray) -> np.ndarray:
    """Returns the number of bars from each bar to the next that closes, in a cycle of bars."""
    places = np.flatnonzero(closes)
    if not places.size:
        return np.full(len(closes), _MANY, "int32")
    ahead = (places[None] - np.arange(len(closes))[:, None] - 1) % len(closes) + 1
    return ahead.min(axis=1).astype("int32")


def tones_of(chord: ChordSymbol | None, key: Key | None) -> frozenset[int]:
    """Returns the pitch classes of a chord; `None` stands for the tonic triad."""
    if chord is not None:
        return chord.tones
    key = key or Key(0, is_minor=False)
    return frozenset((tonic_of(key) + tone) % 12 for tone in (0, 3 if key.is_minor else 4, 7))


def bass_of(chord: ChordSymbol | None, key: Key | None) -> frozenset[int]:
    """Returns the pitch class of the bass of a chord; `None` stands for the tonic triad."""
    return frozenset([tonic_of(key or Key(0, is_minor=False)) if chord is None else chord.bass])
