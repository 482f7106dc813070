"""The entities of texts, for people and for programs."""

import dataclasses
import json
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from seqzoo.cli.control_characters import escaped_controls, without_controls
from seqzoo.zoo.ner_tagger.entity import Entity

_COLORS = ("green", "magenta", "cyan", "yellow", "blue", "red")


class EntityPrinter:
    """Finds entities in texts and writes them down.

    Args:
        tagger: A `NERTagger`.
        min_score: The least probability of an entity that is shown.
        as_json: Whether an answer is a JSON object on a line, and not the text for people.
        console: Where to, which says whether there are colours.
    """

    def __init__(self, tagger, min_score: float, as_json: bool, console: Console):
        self._tagger = tagger
        self._min_score = min_score
        self._written = entities_json if as_json else self._for_people
        self._console = console

    def answers(self, texts: list[str]) -> list[str]:
        """What to print for each text."""
        return [
            self._written(text, [entity for entity in found if entity.score >= self._min_score])
            for text, found in zip(texts, self._tagger.predict(texts), strict=True)
        ]

    def _for_people(self, text, entities):
        shown = marked_text(text, entities, self._tagger.labels, _has_colors(self._console))
        with self._console.capture() as captured:
            self._console.print(shown, soft_wrap=True, end="")
        return captured.get()


def entities_json(text: str, entities: Sequence[Entity]) -> str:
    """A text and its entities as a JSON object on one line.

    >>> print(entities_json("Ana", [Entity("Ana", "P", 0, 3, 0.5)]))
    {"text": "Ana", "entities": [{"text": "Ana", "label": "P", "start": 0, "end": 3, "score": 0.5}]}
    """
    answer = {"text": text, "entities": [dataclasses.asdict(entity) for entity in entities]}
    return escaped_controls(json.dumps(answer, ensure_ascii=False))


def marked_text(text: str, entities: Sequence[Entity], labels: Sequence[str], colors: bool) -> Text:
    """A text in which every entity is followed by its label and probability.

    Args:
        text: The text.
        entities: Its entities, in its order.
        labels: All labels; each has a color of its own, as far as there are enough.
        colors: Whether entities are told apart by colors, and not by brackets.

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


def _has_colors(console):
    return console.color_system is not None and not console.no_color
