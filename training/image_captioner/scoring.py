"""Caption scores: BLEU, chrF, CIDEr and exact match."""

import dataclasses
import itertools
import unicodedata
from collections.abc import Sequence

import numpy as np

CIDER_EXTRA = "CIDEr is left out: for it, pip install 'seqzoo[images]'."
"""The message if `pycocoevalcap`, which computes CIDEr, is not installed."""

_LONGEST_NGRAM = 4


def evenly_spaced(count: int, limit: int) -> list[int]:
    """Returns the indices of an evenly spaced sample that includes the first and the last item.

    Args:
        count: The number of items.
        limit: The maximum size of the sample; at least 2.

    >>> evenly_spaced(9, 3), evenly_spaced(2, 3)
    ([0, 4, 8], [0, 1])
    """
    if count <= limit:
        return list(range(count))
    return [place * (count - 1) // (limit - 1) for place in range(limit)]


@dataclasses.dataclass(frozen=True)
class CaptionScores:
    """Scores of one caption per image against the references of the images.

    All scores are computed on the words of `caption_words`, in lower case and without punctuation,
    as on the COCO caption server (Chen et al. 2015) and in the published tables. A period that ends
    every caption would raise BLEU-1 by several points.

    Attributes:
        bleu: BLEU-1 to BLEU-4, from 0 to 100: over the whole corpus, with the brevity penalty
            against the closest reference. By sacrebleu, smoothed (`exp`) where an n-gram length has
            no match at all. Papineni et al. (2002).
        chrf: chrF, the F2 score of character 6-grams and shorter, from 0 to 100, over the whole
            corpus, for each image against its best reference. By sacrebleu. Popović (2015).
        cider: CIDEr-D, from 0 to 10; papers often multiply it by 100. By pycocoevalcap. N-grams are
            weighted by their inverse document frequency in these references, so scores are
            comparable on the same images only, and a single image scores 0. `None` if the package
            is not installed. Vedantam et al. (2015).
        exact_match: The share of captions that equal a reference word for word, from 0 to 1.
        bleu_signature: sacrebleu's signature of its BLEU settings.
        chrf_signature: sacrebleu's signature of its chrF settings.
    """

    bleu: tuple[float, ...]
    chrf: float
    cider: float | None
    exact_match: float
    bleu_signature: str
    chrf_signature: str


def score_captions(
    captions: Sequence[str], references: Sequence[Sequence[str]], punctuation: bool = False
) -> CaptionScores:
    """Scores captions against references.

    Args:
        captions: A caption for every image.
        references: The references of every image, at least one each; their number may vary.
        punctuation: Whether punctuation marks count as words. Defaults to `False`.

    Raises:
        ValueError: If there is no caption, or one without references.

    >>> scores = score_captions(["a red boat on a lake"], [["a red boat", "a boat on a lake"]])
    >>> [round(score, 1) for score in scores.bleu], scores.exact_match
    ([100.0, 100.0, 90.9, 70.7], 0.0)
    """
    if len(captions) != len(references) or not all([captions, *references]):
        raise ValueError(
            f"There are {len(captions)} captions and references of {len(references)} images: give "
            "at least one caption, and for every caption at least one reference."
        )
    said = [_spaced(caption, punctuation) for caption in captions]
    given = [[_spaced(choice, punctuation) for choice in choices] for choices in references]
    bleu, bleu_signature = _bleu(said, given)
    chrf, chrf_signature = _chrf(said, given)
    ciders = _ciders(said, given)
    return CaptionScores(
        bleu=bleu,
        chrf=chrf,
        cider=None if ciders is None else float(ciders.mean()),
        exact_match=float(
            np.mean([one in choices for one, choices in zip(said, given, strict=True)])
        ),
        bleu_signature=bleu_signature,
        chrf_signature=chrf_signature,
    )


def cider_of_each(
    captions: Sequence[str], references: Sequence[Sequence[str]]
) -> np.ndarray | None:
    """Returns CIDEr-D of every caption, `(captions,)`; see `CaptionScores`.

    Their mean is the CIDEr-D of all. `None` if pycocoevalcap is not installed.
    """
    given = [[_spaced(choice, False) for choice in choices] for choices in references]
    return _ciders([_spaced(caption, False) for caption in captions], given)


def is_reference(caption: str, references: Sequence[str]) -> bool:
    """Returns whether a caption equals one of the references, word for word."""
    return caption_words(caption) in map(caption_words, references)


def caption_words(caption: str, punctuation: bool = False) -> list[str]:
    """Splits a caption into lower-case words by sacrebleu's tokenizer `13a`.

    Composed and decomposed accents (NFC and NFD) give the same words.

    Args:
        caption: The caption.
        punctuation: Whether to keep words without a letter or digit. Defaults to `False`.

    >>> caption_words("Um guarda-chuva, à chuva.")
    ['um', 'guarda-chuva', 'à', 'chuva']
    """
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

    words = Tokenizer13a()(unicodedata.normalize("NFC", caption).lower()).split()
    return [word for word in words if punctuation or any(map(str.isalnum, word))]


def _bleu(captions, references):
    from sacrebleu.metrics import BLEU

    scorers = [BLEU(lowercase=True, max_ngram_order=n + 1) for n in range(_LONGEST_NGRAM)]
    streams = _streams(references)
    scores = tuple(scorer.corpus_score(captions, streams).score for scorer in scorers)
    return scores, str(scorers[-1].get_signature())


def _chrf(captions, references):
    from sacrebleu.metrics import CHRF

    scorer = CHRF(lowercase=True)
    score = scorer.corpus_score(captions, _streams(references)).score
    return score, str(scorer.get_signature())


def _streams(references):
    """Transposes references: the first of all images, the second, ...; `None` for missing ones.

    This is the form in which sacrebleu takes varying numbers of references.
    """
    return list(itertools.zip_longest(*references))


def _ciders(captions, references):
    # Not by the class Cider, which expects the output of the package's tokenizer, a Java program.
    try:
        from pycocoevalcap.cider.cider_scorer import CiderScorer
    except ImportError:
        return None

    scorer = CiderScorer()
    for caption, choices in zip(captions, references, strict=True):
        scorer += (caption, choices)
    return np.asarray(scorer.compute_score()[1])


def _spaced(caption: str, punctuation: bool) -> str:
    return " ".join(caption_words(caption, punctuation))
