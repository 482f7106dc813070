"""Harmonization: generates a piano accompaniment for a given voice.

A network that reads from left to right does not know what the voice will sing. So many songs are
written at once, each weighted by the probability that the network gave to the pitches of the voice,
as in a particle filter (Gordon, Salmond & Smith 1993; Liu & Chen 1998). Songs whose piano led
elsewhere than the voice are replaced by copies of the others.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import scipy.special
import symusic
import tensorflow as tf

from seqzoo.core.arguments import check_positive_integer, is_integer
from seqzoo.zoo.generation.masking import MASKED_LOGIT
from seqzoo.zoo.generation.streaming import check_streams
from seqzoo.zoo.music.reader import from_midi, to_midi
from seqzoo.zoo.music.score import (
    HIGHEST,
    LOWEST,
    ScoreError,
    TimeSignature,
    key_of,
    piano_score,
    song_parts,
)
from seqzoo.zoo.note_generator.conditions import header_values
from seqzoo.zoo.note_generator.events.names import (
    BAR,
    PARTS,
    POSITIONS_OF_BEAT,
    beats_of_bar,
    kind_and_value,
)
from seqzoo.zoo.note_generator.events.transposed_pitch import semitones_above_written
from seqzoo.zoo.note_generator.tokenizer import NoteTokenizer

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


_VOICE, _PIANO = PARTS


def harmonise(task: NoteGenerator, melody: Any, candidates: int = 1) -> symusic.Score:
    """Generates the piano part of a voice, event by event, with the sampler of `compile`.

    Only those events can be sampled that keep the notes, bars and time signatures of the voice, go
    forward in time, and lie on the keys of the piano. The song keeps the voice, time signatures,
    key and tempo of the melody exactly, even if events cannot represent them.

    Several songs are written at once. The weight of a song is the probability of the pitches of the
    voice in it, given when they begin; once few songs hold most of the weight, songs are drawn by
    weight to go on. So the piano leads to the next notes of the voice.

    Args:
        task: A `NoteGenerator`.
        melody: A score with a voice, whose piano part is ignored; or a monophonic score, which
            becomes the voice.
        candidates: The number of songs that are written at once. Defaults to 1: the piano hears the
            voice only up to the current note.

    Returns:
        The song.

    Raises:
        ScoreError: If the score has no voice and is not monophonic, or cannot be read.
        TypeError: If `Conditions` are given, which have no voice.
        ValueError: If the sampler chooses among whole sequences, such as beam search, or
            `candidates` is not a positive integer.
    """
    check_streams(task.sampler)
    check_positive_integer("candidates", candidates)
    (midi,) = task.preprocessor.one_by_one([melody])
    if not isinstance(midi, bytes):
        raise TypeError("Conditions have no voice to harmonise: give a score.")
    tokenizer = task.preprocessor.tokenizer
    given = voice_alone(from_midi(midi))
    ids = np.asarray(tokenizer(to_midi(given))).tolist()
    first_bar = ids.index(tokenizer.token_to_id(BAR))
    key, _ = header_values([tokenizer.id_to_token(token_id) for token_id in ids[:first_bar]])
    songs = _Songs(task, semitones_above_written(key), candidates)
    songs.write(ids[: first_bar + 1])
    bars = _given_bars(tokenizer, ids[first_bar:])
    for number, bar in enumerate(bars, start=1):
        songs.write([bar.time_signature])
        for position, voice in bar.notes.items():
            songs.compose_to(position)
            songs.write(voice)
            songs.select()
        songs.compose_to_end(bar.positions, is_last=number == len(bars))
    return piano_score(
        song_parts(tokenizer.detokenize(songs.best())).piano,
        [
            TimeSignature(sign.time, sign.numerator, sign.denominator)
            for sign in given.time_signatures
        ],
        given.tempos[0].qpm,
        given.tracks[0].name,
        song_parts(given).voice,
        key_of(given) or key,
    )


def voice_alone(score: symusic.Score) -> symusic.Score:
    """Returns the voice of a piano reduction, or its only line, without the piano part.

    Raises:
        ScoreError: If there is no voice and the score is not monophonic.
    """
    piano, voice = song_parts(score)
    if not voice:
        if any(note.end > following.onset for note, following in itertools.pairwise(piano)):
            raise ScoreError(
                "The score has no voice and more than one line; give a melody, or a song whose "
                "voice has lyrics, the name of a voice or a vocal MIDI program, or name its track "
                "(--voice-track)."
            )
        voice = piano
    alone = piano_score([], (), score.tempos[0].qpm, score.tracks[0].name, voice)
    alone.time_signatures, alone.key_signatures = score.time_signatures, score.key_signatures
    return alone


class _GivenBar(NamedTuple):
    """A bar of the voice.

    Attributes:
        time_signature: Its event.
        positions: The number of positions.
        notes: Events of the voice by position, in ascending order.
    """

    time_signature: int
    positions: int
    notes: dict[int, list[int]]


def _given_bars(tokenizer: NoteTokenizer, ids: Sequence[int]) -> list[_GivenBar]:
    bars: list[_GivenBar] = []
    position = 0
    for token_id in ids:
        kind, value = kind_and_value(tokenizer.id_to_token(token_id))
        if kind == "TimeSig":
            bars.append(_GivenBar(token_id, beats_of_bar(value) * POSITIONS_OF_BEAT, {}))
        elif kind == "Position":
            position = int(value)
        elif kind in (_VOICE, "Duration"):
            bars[-1].notes.setdefault(position, []).append(token_id)
    return bars


class _Songs:
    """Songs that are written at once, from given and from sampled events.

    Args:
        task: A `NoteGenerator`.
        semitones: Semitones from written to sounding pitch.
        count: The number of songs.
    """

    def __init__(self, task: NoteGenerator, semitones: int, count: int) -> None:
        tokenizer = task.preprocessor.tokenizer
        events = [kind_and_value(name) for name in tokenizer.get_vocabulary()]

        def values(kind: str) -> np.ndarray:
            return np.array([int(value) if kind == own else -1 for own, value in events])

        pitches = values(_PIANO)
        is_key = (pitches >= LOWEST - semitones) & (pitches <= HIGHEST - semitones)
        self._pitches = np.where(is_key, pitches, -1)
        self._positions = values("Position")
        self._is_duration = np.array([kind == "Duration" for kind, _ in events])
        self._is_voice = np.array([kind == _VOICE for kind, _ in events])
        self._bar, self._end = tokenizer.token_to_id(BAR), tokenizer.end_token_id
        self._draw = _draw_function(task)
        seed = getattr(task.sampler, "seed", None)
        # Seeds of NumPy are not negative.
        self._rng = np.random.default_rng(seed % 2**32 if is_integer(seed) else None)
        self._states = task.backbone.initial_states(count)
        self._last = np.full(count, tokenizer.start_token_id, "int32")
        self._weights = np.zeros(count)
        self._written: list[list[int]] = [[] for _ in range(count)]
        # The latest position, and the highest piano pitch there.
        self._position = np.full(count, -1)
        self._highest = np.zeros(count, int)

    def write(self, token_ids: Sequence[int]) -> None:
        """Writes given events into all songs."""
        everywhere = np.ones(len(self._last), bool)
        for token_id in token_ids:
            allowed = np.zeros((len(self._last), len(self._positions)), bool)
            allowed[:, token_id] = True
            _, logits = self._next(allowed, everywhere)
            if self._is_voice[token_id]:
                # Of all pitches that the voice could sing here; not whether it sings, since that
                # would prefer songs of few events.
                of_voice = logits[:, self._is_voice]
                self._weights += logits[:, token_id] - scipy.special.logsumexp(of_voice, axis=1)

    def compose_to(self, position: int) -> None:
        """Samples piano notes up to a position, whose event is the last one written."""
        self._compose(self._positions <= position, self._positions == position)

    def compose_to_end(self, positions: int, is_last: bool) -> None:
        """Samples piano notes up to the end of the bar, and the event of the next bar.

        Args:
            positions: The number of positions in the bar.
            is_last: Whether the piece ends with this bar.
        """
        is_end = np.arange(len(self._positions)) == (self._end if is_last else self._bar)
        self._compose((self._positions < positions) | is_end, is_end)

    def _compose(self, within, is_end):
        """Samples until every song has one of the events `is_end`; others must lie `within`."""
        goes_on = np.ones(len(self._last), bool)
        needs_note = np.zeros(len(self._last), bool)
        while goes_on.any():
            later = (self._positions > self._position[:, None]) & within
            moves = later | (is_end & (self._positions < 0))
            plays = (self._pitches > self._highest[:, None]) & (self._position >= 0)[:, None]
            allowed = plays | (moves & ~needs_note[:, None])
            drawn, _ = self._next(allowed, goes_on)
            is_note = goes_on & (self._pitches[drawn] >= 0)
            self._highest = np.where(is_note, self._pitches[drawn], self._highest)
            if is_note.any():
                durations = np.broadcast_to(self._is_duration, allowed.shape)
                self._next(durations, is_note)
            moved = goes_on & ~is_note
            self._highest[moved] = 0
            self._position[moved] = self._positions[drawn][moved]
            goes_on &= ~is_end[drawn]
            needs_note = moved

    def select(self) -> None:
        """Draws the songs that go on, by weight, once few of them hold most of the weight.

        Systematic resampling, once the effective number of songs is below half (Liu & Chen 1998).
        """
        shares = np.exp(self._weights - self._weights.max())
        shares /= shares.sum()
        count = len(shares)
        if 1 / np.square(shares).sum() >= count / 2:
            return
        places = (self._rng.random() + np.arange(count)) / count
        chosen = np.minimum(np.searchsorted(np.cumsum(shares), places), count - 1)
        self._states = tf.gather(self._states, chosen)
        self._last, self._position = self._last[chosen], self._position[chosen]
        self._highest = self._highest[chosen]
        self._written = [list(self._written[index]) for index in chosen]
        self._weights = np.zeros(count)

    def best(self) -> list[int]:
        """Returns the events of the song with the largest weight."""
        return self._written[int(np.argmax(self._weights))]

    def _next(self, allowed: np.ndarray, goes_on: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Writes one of the allowed events `(songs, vocabulary)` into the songs that go on.

        Returns the events `(songs,)` and the logits of all events.
        """
        drawn, logits, self._states = self._draw(self._last, self._states, allowed, goes_on)
        drawn = np.where(goes_on, drawn, self._last)
        self._last = drawn.astype("int32")
        for index in np.flatnonzero(goes_on):
            self._written[index].append(int(drawn[index]))
        return drawn, logits.numpy()


def _draw_function(task: NoteGenerator) -> Callable:
    """Returns a compiled step of several songs.

    It takes the last events `(songs,)`, the states before them, the allowed events
    `(songs, vocabulary)`, and which songs go on `(songs,)`. It returns the drawn events, the logits
    of all events, and the new states; those of other songs stay.
    """
    backbone = task.backbone
    states = tf.TensorSpec([None, *backbone.state_shape], backbone.state_dtype)
    signature = [
        tf.TensorSpec([None], tf.int32),
        states,
        tf.TensorSpec([None, backbone.vocabulary_size], tf.bool),
        tf.TensorSpec([None], tf.bool),
    ]

    @tf.function(input_signature=signature, autograph=False)
    def draw(last, states, allowed, goes_on):
        logits, after = task.next_logits(last, states)
        logits = task.mask_special_tokens(logits)
        chosen = tf.where(allowed, logits, MASKED_LOGIT)
        drawn = task.sampler.get_next_token(task.sampler.compute_probabilities(chosen))
        shape = [-1, *[1] * (len(after.shape) - 1)]
        return drawn, logits, tf.where(tf.reshape(goes_on, shape), after, states)

    return draw
