"""Runs a Keras model for sequences one time step at a time, with explicit states."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.export.graph.model_graph import as_functional, run_graph
from seqzoo.export.graph.random_inputs import RandomInputs
from seqzoo.export.graph.stream_proof import NoStepError, StreamProof, are_close

_TIME = 12
"""The length of the sequences on which streaming is checked, in time steps."""


class Stepper:
    """Runs a model for one time step.

    Args:
        model: A Functional or Sequential model of recurrent layers that run forwards, and layers
            that treat every time step alike, such as `Dense`. Its weights are used, not copied.

    Attributes:
        state_specs: The states, `tf.TensorSpec` `(batch, ...)`, called `<layer>_<state>`. They
            start as zeros.

    Raises:
        NoStepError: If single time steps give other results than the sequence.
    """

    def __init__(self, model: keras.Model) -> None:
        for tensor in model.inputs:
            _check_time(tensor)
        self._model = as_functional(model)
        inputs = RandomInputs(model, first_token=0).sequences(_TIME)
        proof = StreamProof(self._model, inputs)
        self._steps = proof.recurrent_steps
        self._are_sequences = proof.are_sequences
        batch = model.inputs[0].shape[0]
        self.state_specs = [
            tf.TensorSpec([batch, *spec.shape[1:]], spec.dtype, spec.name)
            for step in self._steps.values()
            for spec in step.state_specs
        ]
        self._check_stream(inputs)

    def step(
        self, frames: Sequence[Tensor], states: Sequence[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Runs one time step.

        Args:
            frames: The inputs of the model, in its order, without their time axis.
            states: The states, in the order of `state_specs`.

        Returns:
            The outputs of the model, in its order, for this time step, and the new states.
        """
        remaining, new_states = iter(states), []

        def call(path, *args, **kwargs):
            step = self._steps.get(path)
            if step is None:
                return path[-1].operation(*args, **kwargs)
            outputs, after = step([next(remaining) for _ in step.state_specs], *args, **kwargs)
            new_states.extend(after)
            return outputs

        outputs = run_graph(self._model, [frame[:, None] for frame in frames], call)
        pairs = zip(outputs, self._are_sequences, strict=True)
        return [
            output[:, 0] if is_sequence else output for output, is_sequence in pairs
        ], new_states

    def _check_stream(self, inputs):
        """Compares the outputs of single steps with those of the model on whole sequences.

        Every layer has been checked alone, but not the connections between them, nor a custom
        `call` of the model.
        """
        steps = self._stream(inputs)
        for length in (1, _TIME // 2, _TIME):
            beginnings = [array[:, :length] for array in inputs]
            packed = keras.tree.pack_sequence_as(self._model.input, beginnings)
            expected = keras.tree.flatten(self._model(packed, training=False))
            for n, is_sequence in enumerate(self._are_sequences):
                streamed = [outputs[n] for outputs in steps[:length]]
                actual = tf.stack(streamed, axis=1) if is_sequence else streamed[-1]
                if not are_close(actual, expected[n]):
                    raise NoStepError(
                        f"in single steps, model {self._model.name!r} gives other results"
                    )

    def _stream(self, inputs):
        """Returns the outputs of every time step."""
        states = [tf.zeros([len(inputs[0]), *s.shape[1:]], s.dtype) for s in self.state_specs]
        steps = []
        for time in range(_TIME):
            outputs, states = self.step([tf.constant(array[:, time]) for array in inputs], states)
            steps.append(outputs)
        return steps


def _check_time(tensor):
    if len(tensor.shape) < 2 or tensor.shape[1] is not None:
        raise NoStepError(
            f"input {tensor.name!r} of shape {tuple(tensor.shape)} has no time axis: its second "
            "axis must have any length"
        )
