"""Pieces that come to an end."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
import numpy as np
import symusic

from seqzoo.zoo.music.cadence import ends_on_tonic
from seqzoo.zoo.music.key_and_spelling import estimated_key
from seqzoo.zoo.music.score import Key, ScoreError, key_of
from seqzoo.zoo.note_generator.conditions import key_name
from seqzoo.zoo.note_generator.events.stream import NoteReader
from seqzoo.zoo.note_generator.prompt import in_prompt_style

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


_BATCH = 8


@dataclasses.dataclass(frozen=True)
class Completion:
    """A piece with an end.

    Attributes:
        score: The piece, prompt included.
        key: The key that the piece says it is in; estimated, where it says nothing.
        candidate: Which of the candidates it is, from 1.
        by_itself: Whether the model ended it; else it was cut where an end was likeliest.
        on_tonic: Whether its last sonority is the tonic chord of the key.
        probability: Of the end token where the piece ends.
    """

    score: symusic.Score
    key: Key
    candidate: int
    by_itself: bool
    on_tonic: bool
    probability: float

    def sentence(self, candidates: int) -> str:
        """How it ends, for people.

        Args:
            candidates: How many there were.
        """
        key = " ".join(key_name(self.key).rsplit("-", 1))
        tonic = f"the tonic chord of {key}"
        where = f"Candidate {self.candidate} of {candidates}"
        if self.by_itself and self.on_tonic:
            return f"{where} ends by itself on {tonic}."
        how = "ends by itself" if self.by_itself else "is cut where an end is likeliest"
        chord = f"on {tonic}" if self.on_tonic else f"but not on {tonic}"
        return (
            f"No candidate ends by itself on {tonic}: {where.lower()} {how}, {chord} (probability "
            f"of an end there: {self.probability:.2g})."
        )


def complete(
    task: NoteGenerator,
    prompt: Any = None,
    max_new_tokens: int = 512,
    candidates: int = 16,
) -> Completion:
    """Continues a score until it ends on its tonic chord, or as well as it ends at all.

    Candidates are drawn together, each with random numbers of its own from the sampler of
    `compile`. The first that the model ends by itself, on the tonic chord, is taken. If there is
    none, the likeliest end of all is taken: the note of any candidate after which the model
    gives the end token the highest probability, after a tonic chord if there is one.

    Args:
        task: A `NoteGenerator`.
        prompt: A score or `Conditions`. `None` starts from nothing.
        max_new_tokens: The most events that are added.
        candidates: How many are drawn.

    Raises:
        ScoreError: If the prompt is missing, unreadable or without notes, or no candidate has a
            note.
        ValueError: If there are to be no candidates, or no events.
    """
    if max_new_tokens < 1 or candidates < 1:
        raise ValueError(
            "A piece is completed by one event at least, of one candidate at least. Received: "
            f"max_new_tokens={max_new_tokens!r}, candidates={candidates!r}"
        )
    midi = next(iter(task.preprocessor.one_by_one([b"" if prompt is None else prompt])))
    prompt_ids = task.preprocessor.prompt_ids(midi)
    pieces = _draw(task, midi, 1 + len(prompt_ids), max_new_tokens, candidates)
    ends = []
    for number, (ids, probabilities) in enumerate(_with_end_probabilities(task, pieces), start=1):
        for end in _ends(task, ids, probabilities, 1 + len(prompt_ids)):
            ends.append((number, end))
            if end.by_itself and end.on_tonic:
                return _completion(task, midi, number, end)
    if not ends:
        raise ScoreError(
            f"None of {candidates} candidates has a note: take another seed, or give a prompt."
        )
    return _completion(task, midi, *max(ends, key=lambda each: each[1][:2]))


def _completion(task: NoteGenerator, midi: Any, candidate: int, end: _End) -> Completion:
    score = in_prompt_style(task.preprocessor.tokenizer.detokenize(end.token_ids), midi)
    return Completion(score, end.key, candidate, end.by_itself, end.on_tonic, end.probability)


def _draw(
    task: NoteGenerator, midi: Any, start: int, max_new_tokens: int, candidates: int
) -> list[np.ndarray]:
    """The ids of candidates, each with its start token and, where it ends, its end token."""
    prompt = task.preprocessor.generate_preprocess(
        [midi] * candidates, sequence_length=start + max_new_tokens
    )
    stop = (task.preprocessor.tokenizer.end_token_id,)
    drawn = task.make_generate_function()(prompt, stop_token_ids=stop)
    ids, present = np.asarray(drawn["token_ids"]), np.asarray(drawn["padding_mask"])
    return [row[mask] for row, mask in zip(ids, present, strict=True)]


def _with_end_probabilities(
    task: NoteGenerator, pieces: Sequence[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each piece, with the probability of the end token after each of its tokens."""
    end = task.preprocessor.tokenizer.end_token_id
    # The logits of all pieces at once could fill the memory.
    for start in range(0, len(pieces), _BATCH):
        batch = pieces[start : start + _BATCH]
        token_ids = keras.utils.pad_sequences(batch, padding="post")
        logits = task({"token_ids": token_ids, "padding_mask": token_ids != 0}, training=False)
        probabilities = keras.ops.softmax(keras.ops.cast(logits, "float32"))[..., end]
        for ids, row in zip(batch, np.asarray(probabilities), strict=True):
            yield ids, row[: len(ids)]


class _End(NamedTuple):
    """Where a piece may end; the greater, the better."""

    on_tonic: bool
    probability: float
    by_itself: bool
    key: Key
    token_ids: np.ndarray


def _ends(
    task: NoteGenerator, ids: np.ndarray, probabilities: np.ndarray, start: int
) -> Iterator[_End]:
    """The end of a piece by itself, its likeliest end, and its likeliest on the tonic chord."""
    tokenizer = task.preprocessor.tokenizer
    by_itself = ids[-1] == tokenizer.end_token_id
    last = len(ids) - 1 - by_itself
    notes = _placed_notes(task, ids[1 : last + 1])
    if not notes:
        return
    key = key_of(tokenizer.detokenize(ids[1:])) or estimated_key([note for _, note in notes])

    def end(place, by_itself=False):
        on_tonic = ends_on_tonic([note for at, note in notes if at <= place], key)
        return _End(on_tonic, float(probabilities[place]), by_itself, key, ids[1 : place + 1])

    if by_itself:
        yield end(last, by_itself=True)
    places = [place for place, _ in notes if place >= start]
    for place in sorted(places, key=lambda place: -probabilities[place]):
        found = end(place)
        yield found
        if found.on_tonic:
            return


def _placed_notes(task, ids):
    """The notes of a piece after its start token, each with the place of its last event."""
    reader = NoteReader(task.preprocessor.tokenizer)
    events = enumerate(map(reader.read, (int(i) for i in ids)), start=1)
    return [(place, event.note) for place, event in events if event.note]
