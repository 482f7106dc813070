"""Caption scores: BLEU, CIDEr, and captions that are exactly right."""

import dataclasses
import itertools
import unicodedata
from collections.abc import Sequence

import numpy as np

CIDER_EXTRA = "CIDEr is left out: for it, pip install 'seqzoo[images]'."
"""What is said where `pycocoevalcap`, which counts CIDEr, is not installed."""

_LONGEST_NGRAM = 4


def evenly_spaced(count: int, limit: int) -> list[int]:
    """Places of a sample that is not picked by hand: the first, the last, and others between.

    Args:
        count: How many places there are.
        limit: The most places in the sample; at least 2.

    >>> evenly_spaced(9, 3), evenly_spaced(2, 3)
    ([0, 4, 8], [0, 1])
    """
    if count <= limit:
        return list(range(count))
    return [place * (count - 1) // (limit - 1) for place in range(limit)]


@dataclasses.dataclass(frozen=True)
class CaptionScores:
    """The scores of one caption an image against the references of the images.

    All of them are counted in lower case, as the COCO caption server does (Chen et al. 2015), and
    all but chrF over the words of `caption_words`, punctuation included. That server drops
    punctuation, so its figures and these compare without reservation on captions that have none.

    Attributes:
        bleu: BLEU-1 to BLEU-4, from 0 to 100: over the whole corpus, with the brevity penalty
            against the closest reference. By sacrebleu, smoothed (`exp`) where an n-gram length has
            no match at all. Papineni et al. (2002).
        chrf: chrF, the F2 score of character 6-grams and shorter, from 0 to 100, over the whole
            corpus, for each image against its best reference. By sacrebleu. Popović (2015).
        cider: CIDEr-D, from 0 to 10; papers often print it times 100. By pycocoevalcap. It weighs
            n-grams by how few images have them in these references, so it compares models on the
            same images only, and is 0 if there is one image. None if the package is not installed.
            Vedantam et al. (2015).
        exact_match: The share of captions that are a reference, word for word, from 0 to 1.
        bleu_signature: How sacrebleu counted BLEU, in its notation.
        chrf_signature: How sacrebleu counted chrF, likewise.
    """

    bleu: tuple[float, ...]
    chrf: float
    cider: float | None
    exact_match: float
    bleu_signature: str
    chrf_signature: str


def score_captions(captions: Sequence[str], references: Sequence[Sequence[str]]) -> CaptionScores:
    """Scores captions against references.

    Args:
        captions: A caption for every image.
        references: The references of every image, at least one; their number may differ.

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
    bleu, bleu_signature = _bleu(captions, references)
    chrf, chrf_signature = _chrf(captions, references)
    return CaptionScores(
        bleu=bleu,
        chrf=chrf,
        cider=_cider(captions, references),
        exact_match=float(np.mean(list(map(is_reference, captions, references)))),
        bleu_signature=bleu_signature,
        chrf_signature=chrf_signature,
    )


def is_reference(caption: str, references: Sequence[str]) -> bool:
    """Whether a caption is one of the references, word for word."""
    return caption_words(caption) in map(caption_words, references)


def caption_words(caption: str) -> list[str]:
    """The words of a caption as they are counted: lower case, split by sacrebleu's rule `13a`.

    How an accent is written, as a split of its letter or after it, makes no difference.

    >>> caption_words("Um guarda-chuva, à chuva.")
    ['um', 'guarda-chuva', ',', 'à', 'chuva', '.']
    """
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

    return Tokenizer13a()(unicodedata.normalize("NFC", caption).lower()).split()


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
    """The first references of all images, the second ones, and so on; None where there is none.

    This is how sacrebleu takes unlike numbers of references.
    """
    return list(itertools.zip_longest(*references))


def _cider(captions, references):
    # Not its class Cider: that is the same, and the package's own tokenizer is a Java program.
    try:
        from pycocoevalcap.cider.cider_scorer import CiderScorer
    except ImportError:
        return None

    scorer = CiderScorer()
    for caption, choices in zip(captions, references, strict=True):
        scorer += (_spaced(caption), [_spaced(choice) for choice in choices])
    return float(scorer.compute_score()[0])


def _spaced(caption):
    return " ".join(caption_words(caption))
