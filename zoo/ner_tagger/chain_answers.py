"""Probabilities of words and entities from the log potentials of a chain."""

from __future__ import annotations

from typing import NamedTuple

from keras import ops

from seqzoo.core.types import Tensor
from seqzoo.layers.crf.linear_chain import pairwise_marginals, viterbi
from seqzoo.zoo.ner_tagger.tag_ids import OUTSIDE

_LEAST = 1e-30
"""The least probability whose logarithm is taken, so that it is finite."""


class ChainAnswers(NamedTuple):
    """The best tags of sentences, and how probable they are.

    Attributes:
        tags: Int32 `(batch, time)`; -1 at padding.
        scores: The probability of every tag, `(batch, time)`; 0 at padding.
        entity_scores: At the first word of an entity the probability that exactly these words are
            an entity of this label, `(batch, time)`; 0 elsewhere.
        begun_scores: At every word of an entity the probability that an entity of this label
            begins where it does and reaches this word, `(batch, time)`; 0 elsewhere. The score of
            an entity that the end of its paragraph cuts off.
    """

    tags: Tensor
    scores: Tensor
    entity_scores: Tensor
    begun_scores: Tensor


def chain_answers(potentials: Tensor) -> ChainAnswers:
    """The best tags, with their probabilities under the whole chain.

    A chain has the Markov property, so the probability of an entity from word s to word e is
    exactly

    ```
    p(entity) = p(y[s] = B) prod_{t = s+1..e} p(y[t] = I | y[t-1]) (1 - p(y[e+1] = I | y[e]))
    ```

    where B and I are of its label, and the last factor is left out at the end of the chain. Without
    that factor it is the probability that the entity reaches word e.

    Args:
        potentials: Log potentials `(batch, time, tags, tags)` of a `CRF` over IOB2 tags, as
            `iob2_tags` numbers them; the padding stands on the right.
    """
    tags, _ = viterbi(potentials)
    pairs = pairwise_marginals(potentials)
    every_tag = ops.arange(potentials.shape[-1], dtype="int32")
    chosen = _one_hot(tags, every_tag, pairs.dtype)
    # The tag that continues the entity of the chosen one: I- after B- and I- of its label.
    going_on = ops.where(ops.greater(tags, OUTSIDE), tags + tags % 2, -1)
    before = _one_later(chosen)
    # Rounding may take a sum of probabilities above one.
    scores = ops.minimum(ops.sum(ops.sum(pairs, axis=2) * chosen, axis=-1), 1)
    earlier = _one_later(scores)
    both = _pair_probability(pairs, before, chosen)
    on = _pair_probability(pairs, before, _one_later(_one_hot(going_on, every_tag, pairs.dtype)))
    given_before = both / ops.maximum(earlier, _LEAST)
    goes_on = _one_earlier(on) / ops.maximum(scores, _LEAST)
    first = ops.equal(tags % 2, 1) & ops.greater(tags, OUTSIDE)
    inside = ops.equal(tags % 2, 0) & ops.greater(tags, OUTSIDE)
    last = ops.logical_and(
        ops.logical_or(first, inside), ops.logical_not(_one_earlier_flags(inside))
    )
    begun = ops.where(first, _log(scores), 0) + ops.where(inside, _log(given_before), 0)
    ended = begun + ops.where(last, _log(1 - goes_on), 0)
    same = _same_entity(first, inside)
    place = ops.cumsum(ops.ones_like(tags), axis=1)
    up_to = ops.less_equal(ops.expand_dims(place, 1), ops.expand_dims(place, 2))
    return ChainAnswers(
        tags,
        scores,
        entity_scores=ops.where(first, _product(ended, same), 0),
        begun_scores=ops.where(
            ops.logical_or(first, inside), _product(begun, ops.logical_and(same, up_to)), 0
        ),
    )


def _same_entity(first: Tensor, inside: Tensor) -> Tensor:
    """Which words are of one entity: `(batch, time, time)`."""
    number = ops.cumsum(ops.cast(first, "int32"), axis=1)
    of_entity = ops.where(ops.logical_or(first, inside), number, 0)
    return ops.equal(ops.expand_dims(number, 2), ops.expand_dims(of_entity, 1))


def _product(logarithms: Tensor, chosen: Tensor) -> Tensor:
    """At every word the product of the probabilities of those that are chosen for it."""
    log_sums = ops.sum(ops.where(chosen, ops.expand_dims(logarithms, 1), 0), axis=2)
    return ops.exp(ops.minimum(log_sums, 0))


def _pair_probability(pairs: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """`p(y[t-1], y[t])` of the tags that two one-hot tensors choose."""
    return ops.sum(pairs * ops.expand_dims(before, 3) * ops.expand_dims(after, 2), axis=(2, 3))


def _one_hot(tags: Tensor, every_tag: Tensor, dtype: str) -> Tensor:
    return ops.cast(ops.equal(ops.expand_dims(tags, -1), every_tag), dtype)


def _one_later(values: Tensor) -> Tensor:
    """Values at the step after their own; zeros at the first step."""
    return ops.concatenate([ops.zeros_like(values[:, :1]), values[:, :-1]], axis=1)


def _one_earlier(values: Tensor) -> Tensor:
    return ops.concatenate([values[:, 1:], ops.zeros_like(values[:, :1])], axis=1)


def _one_earlier_flags(flags: Tensor) -> Tensor:
    return ops.cast(_one_earlier(ops.cast(flags, "int32")), "bool")


def _log(probability: Tensor) -> Tensor:
    return ops.log(ops.maximum(probability, _LEAST))
