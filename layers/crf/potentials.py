"""Log potentials of a linear chain: emissions, transitions, boundaries and mask in one tensor."""

from __future__ import annotations

from keras import ops

from seqzoo.core.types import Tensor

# Finite, so that no gradient is 0 * inf, and far apart: no path can gain by changing its tag at a
# masked step, and no sum of forbidden transitions looks like a masked step.
MASKED = -1e30
FORBIDDEN = -1e9
_SURELY_MASKED = -1e20


def chain_potentials(
    emissions: Tensor,
    transitions: Tensor,
    start: Tensor | None = None,
    end: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Returns the log potentials of a linear-chain CRF (Lafferty et al. 2001).

    ```
    psi[t](i, j) = transitions[i, j] + emissions[t][j]
    ```

    is the amount that tag j at time step t adds to the score of a path with tag i at step t-1. The
    first step that is not masked has start[j] instead of transitions[i, j]; at the last one, end[j]
    is added. A masked step passes every tag through and adds nothing: it is the identity matrix
    of the log semiring, with 0 on the diagonal and `MASKED` elsewhere. So later computations need
    neither mask nor boundaries, wherever the padding is.

    Args:
        emissions: Float tensor `(batch, time, tags)`, the unnormalized log scores of the tags;
            `-inf` forbids a tag at a time step. Batch and time may be unknown; at least two tags.
        transitions: Float tensor `(tags, tags)`, from the tag before (row) to the tag (column).
        start: Float tensor `(tags,)`. Defaults to zeros.
        end: Float tensor `(tags,)`. Defaults to zeros.
        mask: Boolean tensor `(batch, time)`, false where a time step is padding. Defaults to no
            padding.

    Returns:
        Tensor `(batch, time, tags, tags)` of the emissions' dtype, which must hold `MASKED`:
        float32, float64 or bfloat16.
    """
    zeros = ops.zeros_like(transitions[0])
    present = ops.ones_like(emissions[:, :, 0], dtype="bool")
    if mask is not None:
        present = ops.logical_and(present, ops.cast(mask, "bool"))
    count = ops.cumsum(ops.cast(present, "int32"), axis=1)
    first = ops.logical_and(present, ops.equal(count, 1))
    last = ops.logical_and(present, ops.equal(count, count[:, -1:]))

    # Clipped at FORBIDDEN: sums stay finite, and no unmasked step looks masked.
    scores = ops.maximum(emissions, FORBIDDEN)
    scores = scores + ops.where(ops.expand_dims(last, -1), zeros if end is None else end, zeros)
    scores = ops.where(ops.expand_dims(present, -1), scores, zeros)
    # Copying a whole matrix for every step is several times faster than selecting by element.
    matrices = [
        _pass_through(transitions),
        transitions,
        ops.broadcast_to(zeros if start is None else start, ops.shape(transitions)),
    ]
    kind = ops.cast(present, "int32") + ops.cast(first, "int32")
    return ops.take(ops.stack(matrices), kind, axis=0) + ops.expand_dims(scores, 2)


def present_steps(potentials: Tensor) -> Tensor:
    """Returns booleans `(batch, time)`, true at unmasked steps, read from the potentials."""
    off_diagonal = ops.maximum(potentials[:, :, 0, 1], potentials[:, :, 1, 0])
    masked = ops.logical_and(
        ops.less(off_diagonal, _SURELY_MASKED), ops.equal(potentials[:, :, 0, 0], 0)
    )
    return ops.logical_not(masked)


def _pass_through(like):
    return (1 - ops.eye(like.shape[-1], dtype=like.dtype)) * MASKED
