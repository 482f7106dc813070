"""The signatures of any Keras model: `sequence`, its call, and `step`, one time step of it."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from seqzoo.export.errors import ExportError
from seqzoo.export.streaming import NoStepError, Stepper, identifier
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.zoo_task import ZooTask

_LONG = 70
"""Time steps of the longest example: more than two blocks of TFLite's loop."""


def signatures_of_model(model) -> dict[str, Signature]:
    """What a model answers to on a server: a task says so itself."""
    return model.signatures() if isinstance(model, ZooTask) else model_signatures(model)


def tflite_signatures_of_model(model) -> dict[str, Signature]:
    """What a model answers to in TFLite's interpreter: a task says so itself."""
    return model.tflite_signatures() if isinstance(model, ZooTask) else model_signatures(model)


def model_signatures(model, examples=None) -> dict[str, Signature]:
    """The signatures that a Keras model is exported with.

    - `sequence`: what the model computes.
    - `step`: the same for one time step, with the states in and out, if the model has that form.
      States are called `<layer>_<state>` and start as zeros.

    Inputs have the names of their `keras.Input`; one without a name is `inputs`. Outputs have the
    keys of a dictionary, or the names of the layers that make them; a single one is `outputs`.

    Args:
        model: A Functional or Sequential model that is built.
        examples: Inputs of `sequence`, each a dictionary of arrays, to compare the runtimes with.
            Defaults to random ones of several lengths.

    Raises:
        ExportError: If the model is of another kind.
    """
    signatures = {"sequence": sequence_signature(model, examples)}
    with contextlib.suppress(NoStepError):
        signatures["step"] = step_signature(model)
    return signatures


def sequence_signature(model, examples=None) -> Signature:
    """The signature `sequence`; see `model_signatures`."""
    sequence = _sequence(model)
    return sequence.signature(examples or sequence.examples())


def step_signature(model) -> Signature:
    """The signature `step`; see `model_signatures`.

    Raises:
        NoStepError: If the model does not have that form; the message says why.
    """
    return _Step(_sequence(model)).signature()


def _sequence(model):
    if not getattr(model, "inputs", None):
        raise ExportError(
            f"The inputs of model {model.name!r} are not known: give a Functional or Sequential "
            "model that starts with a keras.Input, or `signatures` of your own."
        )
    _check_states(model)
    return _Sequence(model)


def _check_states(model):
    """A stateful layer would answer one caller from the states of another."""
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False) and hasattr(layer, "cell"):
            raise ExportError(
                f"Layer {layer.name!r} is stateful: what it answers would depend on the call "
                "before. Make it with stateful=False, and stream by the signature `step`."
            )


class _Sequence:
    def __init__(self, model):
        # A Sequential does not say its output.
        is_sequential = isinstance(model, keras.Sequential)
        self.model = keras.Model(model.inputs, model.outputs) if is_sequential else model
        self.specs = {
            name: tf.TensorSpec(tensor.shape, tensor.dtype, name=name)
            for name, tensor in zip(_input_names(self.model), self.model.inputs, strict=True)
        }
        self.output_names = _output_names(self.model)

    def signature(self, examples):
        return Signature(self.call, self.specs, examples)

    def call(self, **inputs):
        flat = [tf.convert_to_tensor(inputs[name]) for name in self.specs]
        outputs = self.model(keras.tree.pack_sequence_as(self.model.input, flat), training=False)
        return self.named(keras.tree.flatten(outputs))

    def named(self, outputs):
        return dict(zip(self.output_names, outputs, strict=True))

    def examples(self):
        """One sequence, several of unlike lengths, one of a single step, and a long one."""
        random = _Random(self.model)
        lengths = [[20], [7, 31, 1], [1], [_LONG]]
        return [
            {name: random.values(spec, rows) for name, spec in self.specs.items()}
            for rows in lengths
        ]


class _Step:
    def __init__(self, sequence):
        self.sequence = sequence
        self.stepper = Stepper(sequence.model)
        self._check_names()
        self._check_stream()
        self.frame_specs = {
            name: tf.TensorSpec([spec.shape[0], *spec.shape[2:]], spec.dtype, name=name)
            for name, spec in sequence.specs.items()
        }
        self.specs = {**self.frame_specs, **self.stepper.state_specs}

    def signature(self):
        return Signature(self.call, self.specs, self.examples())

    def call(self, **inputs):
        frames = [tf.convert_to_tensor(inputs[name]) for name in self.frame_specs]
        states = {name: tf.convert_to_tensor(inputs[name]) for name in self.stepper.state_specs}
        outputs, states = self.stepper.step(frames, states)
        return {**self.sequence.named(outputs), **states}

    def _check_names(self):
        names = [*self.sequence.specs, *self.sequence.output_names, *self.stepper.state_specs]
        if repeated := [name for name in names if names.count(name) > 1]:
            raise NoStepError(
                f"The model has no `step`: {repeated[0]!r} would be the name of a state and of an "
                "input or output. Give the layer another name."
            )

    def _check_stream(self):
        """With every token there is, zero among them, which may be masked."""
        random = _Random(self.sequence.model, first_token=0)
        specs = self.sequence.specs.values()
        self.stepper.check_stream([random.values(spec, [12, 12]) for spec in specs])

    def examples(self):
        """One frame, and several."""
        random = _Random(self.sequence.model)
        return [
            {name: random.values(spec, [1] * batch) for name, spec in self.specs.items()}
            for batch in (1, 3)
        ]


class _Random:
    """Random inputs, always the same; what follows a sequence that is shorter than others is 0."""

    def __init__(self, model, first_token=1):
        self._generator = np.random.default_rng(0)
        # Where zero is padding, and false a mask, it is not one of the tokens.
        self._first_token = first_token
        embeddings = [
            layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.Embedding)
        ]
        self._tokens = min((layer.input_dim for layer in embeddings), default=2)

    def values(self, spec, lengths):
        batch, *rest = spec.shape
        lengths = np.resize(lengths, batch or len(lengths))
        has_time = bool(rest) and rest[0] is None
        shape = [len(lengths), *(max(lengths) if size is None else size for size in rest)]
        values = self._draw(shape, spec.dtype)
        if has_time:
            present = np.arange(shape[1]) < lengths[:, None]
            present = present.reshape([*present.shape, *(1 for _ in shape[2:])])
            values = np.where(present, values, np.zeros_like(values))
        return np.asarray(values).astype(spec.dtype.as_numpy_dtype)

    def _draw(self, shape, dtype):
        if dtype.is_integer:
            return self._generator.integers(self._first_token, max(2, self._tokens), shape)
        if dtype == tf.string:
            return self._generator.choice([b"um texto", b"a text", b""], shape)
        if dtype.is_bool:
            return self._generator.integers(self._first_token, 2, shape).astype(bool)
        return self._generator.normal(0, 1, shape)


def _input_names(model):
    names = [identifier(tensor.name) for tensor in model.inputs]
    if len(names) == 1 and names[0].startswith("keras_tensor"):
        return ["inputs"]
    unnamed = any(name.startswith("keras_tensor") for name in names)
    return [f"inputs_{n}" for n in range(1, len(names) + 1)] if unnamed else names


def _output_names(model):
    if len(model.outputs) == 1 and not isinstance(model.output, dict):
        return ["outputs"]
    if isinstance(model.output, dict):
        paths = [path for path, _ in keras.tree.flatten_with_path(model.output)]
        return [identifier("_".join(map(str, path))) for path in paths]
    names = [identifier(name) for name in model.output_names]
    # A layer that makes several outputs has one name.
    is_clear = len(set(names)) == len(model.outputs)
    return names if is_clear else [f"outputs_{n}" for n in range(1, len(model.outputs) + 1)]
