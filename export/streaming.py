"""A Keras model of whole sequences, run one time step after the other with its states in hand."""

import keyword
import re

import keras
import numpy as np
import tensorflow as tf

from seqzoo import layers
from seqzoo.errors import SeqzooError

_EACH_STEP_BY_ITSELF = (
    keras.layers.Activation,
    keras.layers.Add,
    keras.layers.BatchNormalization,
    keras.layers.Concatenate,
    keras.layers.Dense,
    keras.layers.Dropout,
    keras.layers.Embedding,
    keras.layers.InputLayer,
    keras.layers.LayerNormalization,
    keras.layers.Masking,
    keras.layers.ReLU,
    keras.layers.Softmax,
    keras.layers.SpatialDropout1D,
)
_RECURRENT = (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU, layers.Recurrent)


# Float32 sums in another order differ by 1e-6.
_TOLERANCE = 1e-4


class NoStepError(SeqzooError, ValueError):
    """A model that cannot run one time step after the other; the message names the layer."""


class Stepper:
    """Runs a model for one time step, as its layers' `step` does for each of them.

    Args:
        model: A Functional or Sequential model of recurrent layers that run forwards, and layers
            that treat every time step alike, such as `Dense`. Its weights are used, not copied.

    Attributes:
        state_specs: The states by name, `<layer>_<state>`: `tf.TensorSpec` `(batch, units)`.
            They start as zeros.

    Raises:
        NoStepError: If a layer needs more than the time steps before.
    """

    def __init__(self, model):
        for tensor in model.inputs:
            _check_time(tensor)
        for layer in model.layers:
            _check(layer)
        self._model = keras.Model(model.inputs, model.outputs)
        self._are_sequences = _are_sequences(self._model)
        batch = model.inputs[0].shape[0]
        self.state_specs = {
            name: tf.TensorSpec([batch, layer.units], layer.compute_dtype)
            for layer in model.layers
            if isinstance(layer, _RECURRENT)
            for name in _state_names(layer)
        }

    def step(self, frames, states):
        """Runs one time step.

        Args:
            frames: The inputs of the model, in its order, without their time axis.
            states: The states by name.

        Returns:
            The outputs of the model, in its order, for this time step, and the new states.
        """
        states = dict(states)

        def call(layer, *args, **kwargs):
            if not isinstance(layer, _RECURRENT):
                return layer(*args, **kwargs)
            output, mask = _step_layer(layer, args[0], states)
            if not layer.return_sequences:
                return output
            output = output[:, None]
            # As Keras passes it on to the next layer.
            output._keras_mask = mask
            return output

        # Keras has no public name for running the graph of a model with other calls of its layers.
        outputs = self._model._run_through_graph(
            [frame[:, None] for frame in frames], operation_fn=lambda layer: layer, call_fn=call
        )
        pairs = zip(keras.tree.flatten(outputs), self._are_sequences, strict=True)
        return [output[:, 0] if is_sequence else output for output, is_sequence in pairs], states

    def check_stream(self, inputs):
        """Runs sequences in single steps, and as the model itself does.

        What a layer does with its inputs is not known from its class alone: it can be called with
        a mask or states of its own, twice, or compute something else in a subclass.

        Args:
            inputs: Arrays `(batch, time, ...)`, in the model's order.

        Raises:
            NoStepError: If the outputs of the steps are not those of the sequences.
        """
        expected = keras.tree.flatten(self._model(inputs, training=False))
        batch = len(inputs[0])
        states = {name: tf.zeros([batch, *s.shape[1:]]) for name, s in self.state_specs.items()}
        steps = []
        for t in range(inputs[0].shape[1]):
            outputs, states = self.step([tf.constant(array[:, t]) for array in inputs], states)
            steps.append(outputs)
        for index, is_sequence in enumerate(self._are_sequences):
            streamed = [outputs[index] for outputs in steps]
            actual = tf.stack(streamed, axis=1) if is_sequence else streamed[-1]
            if not np.allclose(actual, expected[index], rtol=_TOLERANCE, atol=_TOLERANCE):
                raise NoStepError(
                    "The model has no `step`: run in single steps it answers something else, as a "
                    "mask, states or a layer that is used twice need the whole sequence. Export "
                    "the signature `sequence` alone."
                )


def identifier(name):
    """A name as the parameter of a function can have it, and so a signature."""
    name = re.sub(r"\W", "_", name)
    return f"_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name


def _check_time(tensor):
    if len(tensor.shape) < 2 or tensor.shape[1] is not None:
        raise NoStepError(
            f"The model has no `step`: input {tensor.name!r} of shape {tuple(tensor.shape)} has no "
            "second axis of any length, for time. Export the signature `sequence` alone."
        )


def _check(layer):
    if isinstance(layer, _RECURRENT):
        is_causal = not layer.go_backwards and not layer.return_state
    else:
        is_causal = isinstance(layer, _EACH_STEP_BY_ITSELF)
    if not is_causal:
        raise NoStepError(
            f"The model has no `step`: layer {layer.name!r} ({type(layer).__name__}) may need time "
            "steps that are yet to come. Export the signature `sequence` alone."
        )


def _state_names(layer):
    count = len(tf.nest.flatten(layer.state_size))
    names = getattr(layer.cell, "state_names", ("h", "c"))[:count]
    return [identifier(f"{layer.name}_{name}") for name in names]


def _step_layer(layer, sequence, states):
    """The output of a recurrent layer for a sequence of one time step, and the step's mask.

    The layer's entries of `states` are replaced.
    """
    names = _state_names(layer)
    before = [states[name] for name in names]
    output, after = layer.cell(sequence[:, 0], before)
    mask = getattr(sequence, "_keras_mask", None)
    if mask is not None:
        after = [tf.where(mask, a, b) for a, b in zip(after, before, strict=True)]
        # Of a masked step, a layer repeats its last output, which is its first state.
        zeroed = getattr(layer, "zero_output_for_mask", False) and layer.return_sequences
        output = tf.where(mask, output, 0) if zeroed else after[0]
    states.update(zip(names, after, strict=True))
    return output, mask


def _are_sequences(model):
    """Of every output, whether its second axis is time: it grows with the inputs' alone."""

    def output_shapes(time):
        inputs = [keras.KerasTensor((None, time, *t.shape[2:]), t.dtype) for t in model.inputs]
        return [output.shape for output in keras.tree.flatten(model.compute_output_spec(inputs))]

    return [a != b for a, b in zip(output_shapes(7), output_shapes(11), strict=True)]
