"""Which words captions use more often than people do, and which never."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Sequence

from seqzoo.training.image_captioner.scoring import caption_words

_MOST = 8
"""Words in a list."""

_TOO_OFTEN = 1.5
"""How many times as often as people a word is said that counts as said too often."""

_COMMON = 0.01
"""Share of captions from which on a word is worth a mention."""


@dataclasses.dataclass(frozen=True)
class WordUse:
    """The words of generated captions beside those of their references.

    A share is that of the captions, or of the references, which contain a word, from 0 to 1.

    Attributes:
        mean_words: Mean number of words in a caption.
        reference_words: Mean number of words in a reference.
        too_often: Words that captions contain more than 1.5 times as often as references, the
            largest excess first; each with its shares of the captions and of the references.
        never: Words that no caption contains, the most frequent in references first, each with its
            share of the references.
    """

    mean_words: float
    reference_words: float
    too_often: Sequence[tuple[str, float, float]]
    never: Sequence[tuple[str, float]]


def word_use(captions: Sequence[str], references: Sequence[Sequence[str]]) -> WordUse:
    """Compares the words of captions with those of references.

    Args:
        captions: A caption for every image.
        references: The references of every image, at least one each.

    >>> use = word_use(["a man sings", "a man"], [["a man sings"], ["a dog barks"]])
    >>> use.too_often, use.never
    ([('man', 1.0, 0.5)], [('barks', 0.5), ('dog', 0.5)])
    """
    said = [caption_words(caption) for caption in captions]
    given = [caption_words(text) for text in itertools.chain.from_iterable(references)]
    shares, reference_shares = _shares(said), _shares(given)
    too_often = [
        (word, share, reference_shares[word])
        for word, share in shares.items()
        if share >= _COMMON and share > _TOO_OFTEN * reference_shares[word]
    ]
    never = [
        (word, share)
        for word, share in reference_shares.items()
        if share >= _COMMON and word not in shares
    ]
    return WordUse(
        mean_words=_mean_length(said),
        reference_words=_mean_length(given),
        too_often=sorted(too_often, key=lambda of: (of[2] - of[1], of[0]))[:_MOST],
        never=sorted(never, key=lambda of: (-of[1], of[0]))[:_MOST],
    )


def _shares(texts):
    """Returns the share of texts that contain each word; 0 for other words."""
    counts = Counter(word for words in texts for word in set(words))
    return Counter({word: count / len(texts) for word, count in counts.items()})


def _mean_length(texts):
    return sum(map(len, texts)) / len(texts)
