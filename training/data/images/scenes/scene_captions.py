"""Conversion between scenes and captions."""

import functools

from seqzoo.core.errors import UsageError
from seqzoo.training.data.images.scenes import english, portuguese
from seqzoo.training.data.images.scenes.scene import FIGURES, GROUNDS, LONE_GROUPS, Scene

LANGUAGES = {"en": english, "pt": portuguese}
"""The words for a scene, by language."""


def caption_of(scene: Scene, language: str) -> str:
    """Returns the caption of a scene, in lower case.

    Args:
        scene: The scene.
        language: One of `LANGUAGES`.

    Raises:
        UsageError: If there are no words in that language.

    >>> from seqzoo.training.data.images.scenes.scene import Group
    >>> stars, circle = Group(3, "small", "blue", "star"), Group(1, "big", "red", "circle")
    >>> caption_of(Scene(stars, "left of", circle), "en")
    'three small blue stars to the left of a big red circle'
    >>> caption_of(Scene(stars, "left of", circle), "pt")
    'três estrelas azuis pequenas à esquerda de um círculo vermelho grande'
    """
    words = _words(language)
    figure = words.group_phrase(scene.figure)
    if scene.ground is None:
        return figure
    return f"{figure} {words.RELATIONS[scene.relation]} {words.group_phrase(scene.ground)}"


def parse_caption(text: str, language: str) -> Scene | None:
    """Parses a caption; returns `None` if no scene has this caption.

    Args:
        text: The caption, word for word as `caption_of` returns it.
        language: One of `LANGUAGES`.

    Raises:
        UsageError: If there are no words in that language.

    >>> parse_caption("a big red circle", "en").figure
    Group(count=1, size='big', colour='red', shape='circle')
    >>> parse_caption("a big red circles", "en")
    """
    lone_groups, figures, grounds = _phrases(language)
    if text in lone_groups:
        return Scene(lone_groups[text])
    for relation, phrase in _words(language).RELATIONS.items():
        figure, _, ground = text.partition(f" {phrase} ")
        if figure in figures and ground in grounds:
            return Scene(figures[figure], relation, grounds[ground])
    return None


def _words(language):
    if language not in LANGUAGES:
        raise UsageError(
            f"Scenes have no captions in {language!r}: the languages are {' and '.join(LANGUAGES)}."
        )
    return LANGUAGES[language]


@functools.cache
def _phrases(language):
    """Returns the groups of each kind by their noun phrases."""
    phrase = _words(language).group_phrase
    return tuple(
        {phrase(group): group for group in groups} for groups in (LONE_GROUPS, FIGURES, GROUNDS)
    )
