"""Generation of complete pieces, which end on their tonic chord."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import symusic

from seqzoo.zoo.music.cadence import ends_on_tonic
from seqzoo.zoo.music.key_and_spelling import estimated_key
from seqzoo.zoo.music.score import Key, ScoreError, key_of
from seqzoo.zoo.note_generator.composing.likelihood import log_probabilities
from seqzoo.zoo.note_generator.conditions import spoken_key
from seqzoo.zoo.note_generator.events.names import BAR
from seqzoo.zoo.note_generator.events.stream import NoteReader
from seqzoo.zoo.note_generator.prompt import bars_of_prompt, in_prompt_style

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


@dataclasses.dataclass(frozen=True)
class Completion:
    """A complete piece.

    Attributes:
        score: The piece, prompt included.
        key: The key given in the piece; estimated if there is none.
        candidate: The number of the chosen candidate, counted from 1.
        by_itself: Whether the model ended the piece; otherwise it was cut where an end was most
            likely.
        on_tonic: Whether its last sonority is the tonic chord of the key.
        probability: Probability of the end token where the piece ends.
        others_end: Whether other candidates end by themselves on that chord.
    """

    score: symusic.Score
    key: Key
    candidate: int
    by_itself: bool
    on_tonic: bool
    probability: float
    others_end: bool = False

    def sentence(self, candidates: int, bars: int = 0) -> str:
        """Returns a sentence that describes how the piece ends.

        Args:
            candidates: The number of candidates.
            bars: The minimum number of added bars, before which no candidate ends.
        """
        tonic = f"the tonic chord of {spoken_key(self.key)}"
        where = f"Candidate {self.candidate} of {candidates}"
        if self.by_itself and self.on_tonic:
            return f"{where} ends by itself on {tonic}."
        how = "ends by itself" if self.by_itself else "is cut where an end is most likely"
        chord = f"on {tonic}" if self.on_tonic else f"but not on {tonic}"
        if bars:
            return (
                f"{where} is cut where an end is most likely after {bars} bars, {chord} "
                f"(probability of an end there: {self.probability:.2g})."
            )
        probability = f"(probability of an end there: {self.probability:.2g})"
        if self.others_end:
            return f"{where} {how}, {chord} {probability}."
        return (
            f"No candidate ends by itself on {tonic}: {where.lower()} {how}, {chord} {probability}."
        )


def complete(
    task: NoteGenerator,
    prompt: Any = None,
    max_new_tokens: int = 512,
    candidates: int = 16,
    bars: int = 0,
) -> Completion:
    """Continues a score to an end on its tonic chord, or else to its most likely end.

    Candidates are sampled as one batch, with different random numbers, by the sampler of `compile`.
    The first one that the model itself ends on the tonic chord is chosen. If there is none, the
    most likely end is chosen: the note of any candidate after which the end token has the highest
    probability. Notes after which the piece stands on a tonic chord take precedence.

    With `bars`, no candidate ends by itself; the most likely end in the last of these bars, or
    after them, is chosen.

    Args:
        task: A `NoteGenerator`.
        prompt: A score or `Conditions`. `None` starts a new piece.
        max_new_tokens: Maximum number of events to add.
        candidates: Number of candidates.
        bars: Minimum number of bars to add. Defaults to 0.

    Raises:
        ScoreError: If the prompt is missing, unreadable or without notes, or no candidate has a
            note, or as many bars.
        ValueError: If `candidates` or `max_new_tokens` is below 1, or `bars` below 0.
    """
    return completions(task, prompt, max_new_tokens, candidates, bars, pieces=1)[0]


def completions(
    task: NoteGenerator,
    prompt: Any = None,
    max_new_tokens: int = 512,
    candidates: int = 16,
    bars: int = 0,
    pieces: int = 1,
) -> list[Completion]:
    """Chooses several of the candidates, one end of each; see `complete`.

    Args:
        task: A `NoteGenerator`.
        prompt: A score or `Conditions`. `None` starts a new piece.
        max_new_tokens: Maximum number of events to add.
        candidates: Number of candidates.
        bars: Minimum number of bars to add. Defaults to 0.
        pieces: Number of candidates to choose. Fewer are returned if fewer have an end.
    """
    if max_new_tokens < 1 or candidates < 1 or bars < 0 or not 1 <= pieces <= candidates:
        raise ValueError(
            "Completing a piece takes at least one event and at least one candidate for each "
            "piece, and no negative number of bars. Received: "
            f"max_new_tokens={max_new_tokens!r}, candidates={candidates!r}, bars={bars!r}, "
            f"pieces={pieces!r}"
        )
    midi, prompt_ids = task.preprocessor.one_prompt(prompt)
    start = 1 + len(prompt_ids)
    tokenizer = task.preprocessor.tokenizer
    least = bars + bars_of_prompt(prompt, prompt_ids) if bars else 0
    drawn = _draw(task, midi, start, max_new_tokens, candidates, may_end=not bars)
    wanted: list[tuple[int, _End]] = []
    others: list[tuple[int, _End]] = []
    for number, (ids, rows) in enumerate(
        zip(drawn, log_probabilities(task, drawn), strict=True), start=1
    ):
        probabilities = np.exp(rows[:, tokenizer.end_token_id])
        ends = list(_ends(task, ids, probabilities, start, least))
        if ends and ends[0].by_itself and ends[0].on_tonic:
            wanted.append((number, ends[0]))
        elif ends:
            others.append((number, max(ends, key=lambda end: end[:2])))
        if len(wanted) == pieces:
            break
    if not wanted and not others and bars:
        raise ScoreError(
            f"None of {candidates} candidates has {bars} bars within {max_new_tokens} events: "
            "raise the number of events, or lower that of bars."
        )
    if not wanted and not others:
        raise ScoreError(
            f"None of {candidates} candidates has a note: use another seed, or give a prompt."
        )
    others.sort(key=lambda each: each[1][:2], reverse=True)
    return [
        _completion(task, midi, *each, others_end=bool(wanted) and each not in wanted)
        for each in (wanted + others)[:pieces]
    ]


def _completion(
    task: NoteGenerator, midi: Any, candidate: int, end: _End, others_end: bool
) -> Completion:
    score = in_prompt_style(task.preprocessor.tokenizer.detokenize(end.token_ids), midi)
    return Completion(
        score, end.key, candidate, end.by_itself, end.on_tonic, end.probability, others_end
    )


def _draw(
    task: NoteGenerator,
    midi: Any,
    start: int,
    max_new_tokens: int,
    candidates: int,
    may_end: bool = True,
) -> list[np.ndarray]:
    """Samples candidates: ids with the start token and, if the piece ends, the end token."""
    prompt = task.preprocessor.generate_preprocess(
        [midi] * candidates, sequence_length=start + max_new_tokens
    )
    stop = (task.preprocessor.tokenizer.end_token_id,) if may_end else None
    drawn = task.make_generate_function()(prompt, stop_token_ids=stop)
    ids, present = np.asarray(drawn["token_ids"]), np.asarray(drawn["padding_mask"])
    return [row[mask] for row, mask in zip(ids, present, strict=True)]


class _End(NamedTuple):
    """A possible end of a piece; greater tuples are better."""

    on_tonic: bool
    probability: float
    by_itself: bool
    key: Key
    token_ids: np.ndarray


def _ends(
    task: NoteGenerator, ids: np.ndarray, probabilities: np.ndarray, start: int, least: int = 0
) -> Iterator[_End]:
    """Yields possible ends of a piece, in the bar of the number `least` or later.

    First the model's own end, if any, then cuts after added notes from the most to the least likely
    end, up to the first on the tonic chord.
    """
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
    bars = np.cumsum(ids == tokenizer.token_to_id(BAR))
    places = [place for place, _ in notes if place >= start and bars[place] >= least]
    for place in sorted(places, key=lambda place: -probabilities[place]):
        found = end(place)
        yield found
        if found.on_tonic:
            return


def _placed_notes(task, ids):
    """Returns the notes of a piece, each with the index of its last event."""
    reader = NoteReader(task.preprocessor.tokenizer)
    events = enumerate(map(reader.read, (int(i) for i in ids)), start=1)
    return [(place, event.note) for place, event in events if event.note]
