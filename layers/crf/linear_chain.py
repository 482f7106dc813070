"""Inference in a linear chain: partition function, path scores, marginals and best path.

All functions take only the log potentials `(batch, time, tags, tags)` that `CRF` and
`chain_potentials` return. A path y has the probability

```
p(y) = exp(sum_t psi[t](y[t-1], y[t])) / Z,     Z = sum over all paths y,     y[-1] = 0
```

(Lafferty, McCallum & Pereira 2001, Conditional Random Fields). Tag 0 before the first step is
virtual: the first step's potentials are the same for every tag before it. Sums over paths are
computed forwards and backwards in time (Rabiner 1989, A Tutorial on Hidden Markov Models), in
logarithms and rescaled at every step, so that thousands of steps with potentials in the hundreds
neither overflow nor lose small differences.

Masked steps pass every tag through and add nothing to any sum, whatever their label.
"""

from __future__ import annotations

import keras
from keras import ops

from seqzoo.core.keras_internals import loop_over_time
from seqzoo.core.types import Tensor
from seqzoo.layers.arguments import may_equal
from seqzoo.layers.crf.potentials import MASKED, present_steps

# The tag of a masked step. Not 0, which is a tag: padding must not look like a prediction.
NO_TAG = -1


def log_partition(potentials: Tensor) -> Tensor:
    """Returns the logarithm of the partition function Z.

    Its gradient, the pairwise marginals, is written by hand.

    Args:
        potentials: Float tensor `(batch, time, tags, tags)`.

    Returns:
        Tensor `(batch,)`; 0 for a row that is fully masked.

    Raises:
        ValueError: If the potentials have another rank, are not square, or have one tag.
    """
    potentials = _checked(potentials)
    return _log_partition_above(potentials, ops.zeros_like(potentials[:, :, 0, 0]))


def path_score(potentials: Tensor, tags: Tensor) -> Tensor:
    """Returns the score of a path: the sum of its log potentials.

    Args:
        potentials: Float tensor `(batch, time, tags, tags)`.
        tags: Integer tensor `(batch, time)`. Values at masked steps are ignored.

    Returns:
        Tensor `(batch,)`; NaN where a step that is not masked has a tag outside [0, tags).

    Raises:
        ValueError: As `log_partition`, or if the tags have another rank or shape.
    """
    potentials = _checked(potentials)
    return ops.sum(_step_scores(potentials, _checked_tags(tags, potentials)), axis=1)


def log_likelihood(potentials: Tensor, tags: Tensor) -> Tensor:
    """Returns the log probability of a path, `path_score` minus `log_partition`.

    On long sequences it is more exact than that difference: it sums the differences of the steps,
    and never forms the two large sums.

    Args:
        potentials: Float tensor `(batch, time, tags, tags)`.
        tags: Integer tensor `(batch, time)`. Values at masked steps are ignored.

    Returns:
        Tensor `(batch,)`, as `path_score`.

    Raises:
        ValueError: As `path_score`.
    """
    potentials = _checked(potentials)
    scores = _step_scores(potentials, _checked_tags(tags, potentials))
    return -_log_partition_above(potentials, scores)


def marginals(potentials: Tensor) -> Tensor:
    """Returns the probability of every tag at every step, `p(y[t] = j)`.

    Args:
        potentials: Float tensor `(batch, time, tags, tags)`.

    Returns:
        Tensor `(batch, time, tags)`. It sums to one over the tags; it is zero at masked steps.

    Raises:
        ValueError: As `log_partition`.
    """
    return ops.sum(pairwise_marginals(potentials), axis=2)


def pairwise_marginals(potentials: Tensor) -> Tensor:
    """Returns the probability of every pair of consecutive tags, `p(y[t-1] = i, y[t] = j)`.

    Args:
        potentials: Float tensor `(batch, time, tags, tags)`.

    Returns:
        Tensor `(batch, time, tags, tags)`. It sums to one over the last two axes; it is zero at
        masked steps. At the first step that is not masked, only row 0, the virtual tag, is
        nonzero.

    Raises:
        ValueError: As `log_partition`.
    """
    potentials = _checked(potentials)
    pairs = _pairs(potentials, _forward(potentials, _logsumexp))
    return ops.where(ops.expand_dims(present_steps(potentials), (2, 3)), pairs, 0)


def viterbi(potentials: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the most probable path (Viterbi 1967).

    Args:
        potentials: Float tensor `(batch, time, tags, tags)`.

    Returns:
        The tags, int32 `(batch, time)`, with `NO_TAG`, -1, at masked steps; and their
        `path_score`, `(batch,)`. Ties are broken by the lower last tag, then by the lower tag
        before it, and so on.

    Raises:
        ValueError: As `log_partition`.
    """
    potentials = _checked(potentials)
    alpha = _forward(potentials, ops.max)
    tags = _trace_back(ops.expand_dims(_before(alpha), -1) + potentials, _best(alpha[:, -1]))
    tags = ops.where(present_steps(potentials), tags, NO_TAG)
    return tags, ops.sum(ops.max(alpha, axis=-1), axis=1)


@ops.custom_gradient
def _log_partition_above(potentials, scores):
    """Returns log Z minus the sum of `scores` `(batch, time)`, summed difference by difference."""
    alpha = _forward(potentials, _logsumexp)
    shift = ops.max(alpha, axis=-1)
    value = ops.sum(shift - scores, axis=1) + _logsumexp(_less_maximum(alpha[:, -1]), axis=-1)

    def gradient(*arguments, upstream=None):
        upstream = arguments[0] if upstream is None else upstream
        pairs = _pairs(potentials, alpha)
        return upstream[:, None, None, None] * pairs, -upstream[:, None] * ops.ones_like(scores)

    return value, gradient


def _forward(potentials, reduce):
    """Runs the forward recursion, shifted at every step so that its maximum is 0.

    ```
    alpha[t](j) = reduce_i (alpha[t-1](i) - max alpha[t-1] + psi[t](i, j))
    ```

    Args:
        potentials: Tensor `(batch, time, tags, tags)`.
        reduce: `_logsumexp` for sums over paths, or `ops.max` for the best path.

    Returns:
        alpha, `(batch, time, tags)`. The sum of its maxima is the total shift.
    """

    def step(psi, states):
        alpha = reduce(ops.expand_dims(_less_maximum(states[0]), -1) + psi, axis=1)
        return alpha, [alpha]

    _, alpha, _ = loop_over_time(step, potentials, [_start(potentials[:, 0, 0])])
    return alpha


def _backward(before, last):
    """Runs the backward recursion, from p(y[t-1] = i | y[t] = j) to p(y[t] = j).

    ```
    gamma[t-1](i) = sum_j p(y[t-1] = i | y[t] = j) gamma[t](j)
    ```

    Args:
        before: The conditional probabilities `(batch, time, tags, tags)`.
        last: gamma of the last step, `(batch, tags)`.

    Returns:
        gamma, `(batch, time, tags)`.
    """

    def step(before, states):
        gamma = ops.sum(before * ops.expand_dims(states[0], 1), axis=2)
        # It sums to one except for rounding errors, which would accumulate over the steps.
        return states[0], [gamma / ops.sum(gamma, axis=-1, keepdims=True)]

    _, gamma, _ = loop_over_time(step, before, [last], go_backwards=True)
    return ops.flip(gamma, axis=1)


def _trace_back(scores, last):
    """Traces the best path from its end to its start.

    Args:
        scores: Scores `(batch, time, tags, tags)` of the best paths to tag i, extended by tag j.
        last: The last tag, int32 `(batch, 1)`.

    Returns:
        The tags, int32 `(batch, time)`.
    """
    every_tag = ops.arange(scores.shape[-1], dtype="int32")

    def step(scores, states):
        chosen = ops.expand_dims(ops.equal(every_tag, states[0]), 1)
        return states[0], [_best(ops.sum(ops.where(chosen, scores, 0), axis=2))]

    _, tags, _ = loop_over_time(step, scores, [last], go_backwards=True)
    return ops.flip(tags[..., 0], axis=1)


def _best(scores):
    """Returns the tag with the highest score, the lowest one on ties: int32 `(batch, 1)`."""
    # ops.argmax compares the sign bits of zeros, for which TFLite has no operation.
    tags = scores.shape[-1]
    is_best = ops.equal(scores, ops.max(scores, axis=-1, keepdims=True))
    candidates = ops.where(is_best, ops.arange(tags, dtype="int32"), tags - 1)
    return ops.min(candidates, axis=-1, keepdims=True)


def _pairs(potentials, alpha):
    """Returns pairwise marginals `(batch, time, tags, tags)`, diagonal at masked steps.

    Given the tag of a step, the tag before it depends only on the potentials up to that step:

    ```
    p(y[t-1] = i | y[t] = j) = exp(alpha[t-1](i) - max alpha[t-1] + psi[t](i, j) - alpha[t](j))
    ```

    so the backward recursion needs neither logarithms nor potentials.
    """
    before = ops.exp(ops.expand_dims(_before(alpha), -1) + potentials - ops.expand_dims(alpha, 2))
    gamma = _backward(before, ops.softmax(alpha[:, -1], axis=-1))
    return before * ops.expand_dims(gamma, 2)


def _before(alpha):
    """Returns alpha of the previous step, for every step, shifted so that its maximum is 0."""
    return ops.concatenate(
        [ops.expand_dims(_start(alpha[:, 0]), 1), _less_maximum(alpha)[:, :-1]], axis=1
    )


def _start(like):
    """Returns alpha before the first step: only the virtual tag 0 is possible."""
    certain = ops.zeros_like(like[:, :1])
    return ops.concatenate([certain, ops.full_like(like[:, 1:], MASKED)], axis=1)


def _step_scores(potentials, tags):
    """Returns the potential of every step of a path, `(batch, time)`; 0 at masked steps."""
    present = present_steps(potentials)
    count = potentials.shape[-1]
    valid = ops.logical_and(ops.greater_equal(tags, 0), ops.less(tags, count))
    tags = ops.where(valid, tags, 0)
    pair = _tags_before(tags, present) * count + tags
    flat = ops.reshape(potentials, (*ops.shape(potentials)[:2], count * count))
    scores = ops.take_along_axis(flat, pair[..., None], axis=2)[..., 0]
    return ops.where(present, ops.where(valid, scores, float("nan")), 0)


def _tags_before(tags, present):
    """Returns, for every step, the tag of the last unmasked step before it, or virtual tag 0."""
    time = ops.broadcast_to(ops.arange(ops.shape(tags)[1], dtype="int32"), ops.shape(tags))
    order = ops.argsort(ops.where(present, time, time + ops.shape(tags)[1]), axis=1)
    together = ops.pad(ops.take_along_axis(tags, order, axis=1), ((0, 0), (1, 0)))
    count = ops.cumsum(ops.cast(present, "int32"), axis=1)
    return ops.take_along_axis(together, ops.maximum(count - 1, 0), axis=1)


def _less_maximum(values):
    return values - ops.max(values, axis=-1, keepdims=True)


def _logsumexp(values, axis):
    # ops.logsumexp also handles infinities, which do not occur here.
    largest = ops.max(values, axis=axis, keepdims=True)
    total = ops.sum(ops.exp(values - largest), axis=axis)
    return ops.log(total) + ops.squeeze(largest, axis=axis)


def _checked(potentials):
    potentials = ops.convert_to_tensor(potentials)
    shape = tuple(potentials.shape)
    if len(shape) != 4 or shape[2] != shape[3] or shape[3] is None or shape[3] < 2:
        raise ValueError(
            "Argument `potentials` must have the shape (batch, time, tags, tags), with at least "
            f"two tags: the output of a `CRF` layer. Received: potentials.shape={shape}"
        )
    return ops.cast(potentials, keras.backend.result_type(potentials.dtype, "float32"))


def _checked_tags(tags, potentials):
    tags = ops.cast(ops.convert_to_tensor(tags), "int32")
    expected, shape = tuple(potentials.shape[:2]), tuple(tags.shape)
    if not may_equal(expected, shape):
        raise ValueError(
            "Argument `tags` must hold one integer for every time step, in the shape (batch, time)"
            f" = {expected}. Received: tags.shape={shape}"
        )
    return tags
