"""Captions of pictures as text or JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqzoo.cli.control_characters import escaped_controls, without_controls
from seqzoo.cli.pictures import picture_batches
from seqzoo.core.errors import UsageError
from seqzoo.core.limits import DEFAULT_BEAM_WIDTH, MAX_BEAM_WIDTH, MAX_TEMPERATURE
from seqzoo.zoo.images.captioned_image import Caption
from seqzoo.zoo.images.reader import ImageError, read_image

if TYPE_CHECKING:
    from seqzoo.zoo.image_captioner.task import ImageCaptioner


def answers(
    captioner: ImageCaptioner,
    arguments: Sequence[str],
    as_json: bool,
    *,
    language: str | None = None,
    captions: int = 1,
    beam_width: int = DEFAULT_BEAM_WIDTH,
    temperature: float = 0.0,
    seed: int | None = None,
) -> Iterator[str | ImageError]:
    """Captions pictures.

    Args:
        captioner: An `ImageCaptioner`.
        arguments: The pictures, as `picture_batches` takes them.
        as_json: Whether a result is a JSON object on a line instead of text.
        language: One of the captioner's languages; by default its first.
        captions: The number of captions per picture.
        beam_width: The beam width of the search; `captions` if that is more.
        temperature: Above 0, captions are sampled, without beam search.
        seed: The seed of the sampling.

    Yields:
        The result for every picture, or the reason why it cannot be read.

    Raises:
        UsageError: If an option has a value that the captioner does not accept.
        ImageError: If a folder has no pictures.
    """
    language = captioner.languages[0] if language is None else language
    _check_language(captioner, language)
    _check_numbers(captions, beam_width, temperature)
    options: dict[str, Any] = {
        "language": language,
        "captions": captions,
        "beam_width": beam_width,
        "temperature": temperature,
    }
    for index, batch in enumerate(picture_batches(arguments)):
        names, images = [], []
        for name, source in batch:
            try:
                images.append(read_image(source))
                names.append(name)
            except ImageError as error:
                yield error
        found = captioner.generate(images, seed=_seed_of(index, seed), **options) if images else []
        for name, of_one in zip(names, found, strict=True):
            yield captions_json(name, language, of_one) if as_json else captions_text(name, of_one)


def captions_json(file: str, language: str, captions: Sequence[Caption]) -> str:
    """Formats the captions of a picture as a JSON object on one line.

    >>> print(captions_json("sun.png", "pt", [Caption("um círculo", -0.25)]))
    {"file": "sun.png", "language": "pt", "captions": [{"text": "um círculo", "score": -0.25}]}
    """
    found = [dataclasses.asdict(caption) for caption in captions]
    answer = {"file": file, "language": language, "captions": found}
    return escaped_controls(json.dumps(answer, ensure_ascii=False))


def captions_text(file: str, captions: Sequence[Caption]) -> str:
    """Formats the captions of a picture, one per line; several are shown with their scores.

    >>> print(captions_text("sun.png", [Caption("a circle", -0.25)]))
    sun.png: a circle
    >>> print(captions_text("sun.png", [Caption("a circle", -0.25), Caption("a sun", -1.5)]))
    sun.png: a circle (-0.25)
    sun.png: a sun (-1.50)
    """
    scored = len(captions) > 1
    return "\n".join(
        without_controls(f"{file}: {caption.text}" + f" ({caption.score:.2f})" * scored)
        for caption in captions
    )


def _seed_of(batch, seed):
    """Returns the seed of a batch: with a common seed, all batches would draw the same numbers."""
    return None if seed is None else int(np.random.default_rng([seed, batch]).integers(2**31))


def _check_language(captioner, language):
    if language not in captioner.languages:
        raise UsageError(
            f"The model has no captions in --language {language!r}: give one of "
            f"{', '.join(captioner.languages)}."
        )


def _check_numbers(captions, beam_width, temperature):
    for flag, value, low, high in (
        ("--captions", captions, 1, MAX_BEAM_WIDTH),
        ("--beam-width", beam_width, 1, MAX_BEAM_WIDTH),
        ("--temperature", temperature, 0, MAX_TEMPERATURE),
    ):
        if not low <= value <= high:
            raise UsageError(f"{flag} must lie between {low} and {high:g}, not {value}.")
