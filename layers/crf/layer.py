"""A linear-chain conditional random field on top of a network that scores tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from seqzoo.core.types import Config, Constraint, Initializer, Regularizer, Shape, Tensor
from seqzoo.layers.arguments import may_equal
from seqzoo.layers.crf.potentials import FORBIDDEN, chain_potentials


@keras.saving.register_keras_serializable("seqzoo")
class CRF(keras.layers.Layer):
    """A linear-chain conditional random field (Lafferty, McCallum & Pereira 2001).

    The layers below score every tag at every time step: the emissions e, the logits of a
    `Dense(tags)` without activation. This layer adds scores for pairs of consecutive tags, so that
    the best sequence of tags is found, not the best tag of every step:

    ```
    psi[t](i, j) = A[i, j] + e[t][j]                                     log potential
    p(y) = exp(sum_t psi[t](y[t-1], y[t])) / Z                           of the tags y
    ```

    with a[j] instead of A[i, j] at the first step, and b[j] added at the last one. A
    (`transitions`, `(tags, tags)`), a (`start`, `(tags,)`) and b (`end`, `(tags,)`) are the
    weights. They start at zero, so training starts from independent tags.

    The layer returns psi, which includes weights, boundaries and mask; the layers and losses after
    it need nothing else: `CRFLoss` and `CRFAccuracy` to train, `ViterbiDecoder` for the best tags,
    `ChainMarginals` for their probabilities. Padding may be anywhere, and does not count.

    >>> import numpy as np
    >>> from seqzoo.layers.crf.decoding import ViterbiDecoder
    >>> from seqzoo.layers.crf.training import CRFAccuracy, CRFLoss
    >>> inputs = keras.Input((None, 8))
    >>> model = keras.Model(inputs, CRF()(keras.layers.Dense(3)(inputs)))
    >>> model.compile("adam", loss=CRFLoss(), metrics=[CRFAccuracy()])
    >>> history = model.fit(np.ones((2, 5, 8)), np.ones((2, 5)), verbose=0)
    >>> tagger = keras.Model(inputs, ViterbiDecoder()(model.output))
    >>> tagger(np.ones((2, 5, 8))).shape
    TensorShape([2, 5])

    Args:
        use_boundaries: Whether to learn a and b; otherwise they are zero. Defaults to `True`.
        transitions_initializer: Initializer of A. Defaults to `"zeros"`.
        boundaries_initializer: Initializer of a and b. Defaults to `"zeros"`.
        transitions_regularizer: Regularizer of A. Defaults to `None`.
        boundaries_regularizer: Regularizer of a and b. Defaults to `None`.
        transitions_constraint: Constraint of A. Defaults to `None`.
        boundaries_constraint: Constraint of a and b. Defaults to `None`.
        forbidden_transitions: Pairs (i, j) of tags where j never follows i, such as (O, I-PER) in
            the BIO scheme. Each forbidden step lowers the score of a path by 1e9, so labels that
            contain one show in the loss. Defaults to none.
        forbidden_starts: Tags that no sequence starts with. Defaults to none.
        forbidden_ends: Tags that no sequence ends with. Defaults to none.
        **kwargs: Arguments of `keras.layers.Layer`: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: Float tensor `(batch, time, tags)`, the emissions; at least two tags, batch and
            time may be unknown. `-inf` forbids a tag at a time step.
        mask: Boolean tensor `(batch, time)`, false where a time step is padding.

    Returns:
        The log potentials `(batch, time, tags, tags)`; float64 if the layer's variables are, else
        float32, also in mixed precision; see `chain_potentials`. They have no Keras mask, as they
        contain it.

    Raises:
        ValueError: If the inputs do not have three axes, or have fewer than two tags; if the mask
            has another shape; or if a forbidden tag is outside [0, tags).
    """

    def __init__(
        self,
        use_boundaries: bool = True,
        transitions_initializer: Initializer = "zeros",
        boundaries_initializer: Initializer = "zeros",
        transitions_regularizer: Regularizer = None,
        boundaries_regularizer: Regularizer = None,
        transitions_constraint: Constraint = None,
        boundaries_constraint: Constraint = None,
        forbidden_transitions: Iterable[tuple[int, int]] = (),
        forbidden_starts: Iterable[int] = (),
        forbidden_ends: Iterable[int] = (),
        **kwargs: Any,
    ) -> None:
        # The sums over paths need the full precision of emissions and weights.
        super().__init__(autocast=False, **kwargs)
        self.use_boundaries = use_boundaries
        self.transitions_initializer = keras.initializers.get(transitions_initializer)
        self.boundaries_initializer = keras.initializers.get(boundaries_initializer)
        self.transitions_regularizer = keras.regularizers.get(transitions_regularizer)
        self.boundaries_regularizer = keras.regularizers.get(boundaries_regularizer)
        self.transitions_constraint = keras.constraints.get(transitions_constraint)
        self.boundaries_constraint = keras.constraints.get(boundaries_constraint)
        self.forbidden_transitions = [[int(i), int(j)] for i, j in forbidden_transitions]
        self.forbidden_starts = [int(tag) for tag in forbidden_starts]
        self.forbidden_ends = [int(tag) for tag in forbidden_ends]
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        """Creates A, and with `use_boundaries` a and b."""
        tags = _checked_tag_count(input_shape)
        self.transitions = self.add_weight(
            shape=(tags, tags),
            name="transitions",
            initializer=self.transitions_initializer,
            regularizer=self.transitions_regularizer,
            constraint=self.transitions_constraint,
            autocast=False,
        )
        self.start, self.end = None, None
        if self.use_boundaries:
            self.start, self.end = (
                self._add_boundary("start", tags),
                self._add_boundary("end", tags),
            )
        self._transition_costs = _costs("forbidden_transitions", self, (tags, tags))
        self._start_costs = _costs("forbidden_starts", self, (tags,))
        self._end_costs = _costs("forbidden_ends", self, (tags,))

    def _add_boundary(self, name, tags):
        return self.add_weight(
            shape=(tags,),
            name=name,
            initializer=self.boundaries_initializer,
            regularizer=self.boundaries_regularizer,
            constraint=self.boundaries_constraint,
            autocast=False,
        )

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Returns the log potentials."""
        _checked_tag_count(inputs.shape)
        if mask is not None:
            _check_mask(mask, inputs)
        return chain_potentials(
            ops.cast(inputs, self.potentials_dtype),
            self._weight(self.transitions, self._transition_costs),
            self._weight(self.start, self._start_costs),
            self._weight(self.end, self._end_costs),
            mask,
        )

    def _weight(self, weight, costs):
        costs = ops.convert_to_tensor(costs, self.potentials_dtype)
        return costs if weight is None else costs + ops.cast(weight, self.potentials_dtype)

    @property
    def potentials_dtype(self) -> str:
        """The dtype of the potentials: that of the variables, but at least float32."""
        return keras.backend.result_type(self.variable_dtype, "float32")

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """Returns no mask: the potentials contain it."""
        return

    def compute_output_spec(self, inputs: Tensor, mask: Tensor | None = None) -> keras.KerasTensor:
        """Returns the shape and dtype of the potentials."""
        tags = _checked_tag_count(inputs.shape)
        return keras.KerasTensor((*inputs.shape[:2], tags, tags), dtype=self.potentials_dtype)

    def get_config(self) -> Config:
        """Returns all constructor arguments, serialized."""
        arguments = {"use_boundaries": self.use_boundaries}
        for weight in ("transitions", "boundaries"):
            for module in (keras.initializers, keras.regularizers, keras.constraints):
                name = f"{weight}_{module.__name__.rsplit('.', 1)[-1][:-1]}"
                arguments[name] = module.serialize(getattr(self, name))
        for name in ("forbidden_transitions", "forbidden_starts", "forbidden_ends"):
            arguments[name] = getattr(self, name)
        return {**super().get_config(), **arguments}


def _costs(name, layer, shape):
    costs = np.zeros(shape)
    forbidden = getattr(layer, name)
    for entry in forbidden:
        if not np.all((np.array(entry) >= 0) & (np.array(entry) < shape[0])):
            raise ValueError(
                f"Argument `{name}` must name tags in [0, {shape[0]}). Received: {name}={forbidden}"
            )
        costs[tuple(np.atleast_1d(entry))] = FORBIDDEN
    return costs


def _checked_tag_count(shape):
    if len(shape) != 3 or shape[-1] is None or shape[-1] < 2:
        raise ValueError(
            "The inputs of `CRF` must have the shape (batch, time, tags), with at least two tags. "
            f"Received: inputs.shape={tuple(shape)}"
        )
    return shape[-1]


def _check_mask(mask, inputs):
    shape, expected = tuple(mask.shape), tuple(inputs.shape[:2])
    if not may_equal(expected, shape):
        raise ValueError(
            f"Argument `mask` must have the shape (batch, time) = {expected}. "
            f"Received: mask.shape={shape}"
        )
