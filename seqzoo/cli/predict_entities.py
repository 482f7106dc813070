"""Entities of texts as marked text or JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from seqzoo.cli.control_characters import escaped_controls, without_controls
from seqzoo.cli.texts import text_batches
from seqzoo.core.errors import UsageError
from seqzoo.zoo.text.tagging.tagged_sentence import Entity

if TYPE_CHECKING:
    from seqzoo.zoo.ner_tagger.task import NERTagger


_COLORS = ("green", "magenta", "cyan", "yellow", "blue", "red")

_AT_ONCE = 32
"""Maximum number of texts in a batch, which the model reads before its first result."""


def answers(
    tagger: NERTagger,
    texts: Sequence[str],
    as_json: bool,
    *,
    file: Sequence[Path] = (),
    lines: bool = False,
    min_score: float = 0.0,
) -> Iterator[str]:
    """Finds entities in texts and formats them.

    Args:
        tagger: A `NERTagger`.
        texts: The texts, as `text_batches` takes them.
        as_json: Whether a result is a JSON object on a line instead of marked text.
        file: Files with texts.
        lines: Whether each line of a file is a text, instead of the whole file.
        min_score: The minimum probability of shown entities.

    Yields:
        The result for every text.

    Raises:
        UsageError: If an argument is not UTF-8, or `min_score` is not in [0, 1].
        TextError: If a file cannot be read as text.
    """
    if not 0 <= min_score <= 1:
        raise UsageError(f"--min-score must lie between 0 and 1, not {min_score}.")
    console = Console(highlight=False)
    for batch in text_batches(texts, file, lines):
        for start in range(0, len(batch), _AT_ONCE):
            some = batch[start : start + _AT_ONCE]
            for text, found in zip(some, tagger.predict(some), strict=True):
                likely = [entity for entity in found if entity.score >= min_score]
                if as_json:
                    yield entities_json(text, likely)
                else:
                    yield _for_people(text, likely, tagger.labels, console)


def entities_json(text: str, entities: Sequence[Entity]) -> str:
    """Formats a text and its entities as a JSON object on one line.

    >>> print(entities_json("Ana", [Entity("Ana", "P", 0, 3, 0.5)]))
    {"text": "Ana", "entities": [{"text": "Ana", "label": "P", "start": 0, "end": 3, "score": 0.5}]}
    """
    answer = {"text": text, "entities": [dataclasses.asdict(entity) for entity in entities]}
    return escaped_controls(json.dumps(answer, ensure_ascii=False))


def marked_text(text: str, entities: Sequence[Entity], labels: Sequence[str], colors: bool) -> Text:
    """Marks every entity of a text with its label and probability.

    Args:
        text: The text.
        entities: Its entities, in their order in the text.
        labels: All labels; each has a distinct color, as long as there are enough colors.
        colors: Whether entities are marked by colors instead of brackets.

    >>> print(marked_text("Ana mora.", [Entity("Ana", "PER", 0, 3, 0.97)], ["PER"], False))
    [Ana | PER 97 %] mora.
    """
    marked, done = Text(), 0
    for entity in entities:
        marked.append(without_controls(text[done : entity.start]))
        marked.append_text(_marked(entity, labels, colors))
        done = entity.end
    return marked.append(without_controls(text[done:]).removesuffix("\n"))


def _marked(entity, labels, colors):
    name = without_controls(entity.text)
    note = f"{without_controls(entity.label)} {entity.score:.0%}".replace("%", " %")
    if not colors:
        return Text(f"[{name} | {note}]")
    color = _COLORS[labels.index(entity.label) % len(_COLORS)]
    return Text.assemble((name, f"bold {color}"), " ", (note, f"{color} italic"))


def _for_people(text, entities, labels, console):
    with console.capture() as captured:
        shown = marked_text(text, entities, labels, _has_colors(console))
        console.print(shown, soft_wrap=True, end="")
    return captured.get()


def _has_colors(console):
    return console.color_system is not None and not console.no_color
