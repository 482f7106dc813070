"""Signatures of any Keras model: `sequence`, its call, and `step`, one time step of it."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqzoo.core.keras_internals import all_layers
from seqzoo.core.types import Tensor
from seqzoo.export.errors import ExportError
from seqzoo.export.graph.model_examples import Examples, built_in_examples, given_examples
from seqzoo.export.graph.model_graph import as_functional, calls_in_training
from seqzoo.export.graph.random_inputs import RandomInputs
from seqzoo.export.graph.signature_names import input_names, output_names, parameter_names
from seqzoo.export.graph.stepper import Stepper
from seqzoo.export.graph.stream_proof import NoStepError
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.task import ZooTask


def signatures_of_model(
    model: keras.Model, examples: Examples | None = None
) -> dict[str, Signature]:
    """Returns the signatures of a model on a server; a task defines its own."""
    if isinstance(model, ZooTask):
        check_no_examples(examples, "a task of the zoo")
        return model.signatures()
    return model_signatures(model, examples)


def tflite_signatures_of_model(
    model: keras.Model, examples: Examples | None = None
) -> dict[str, Signature]:
    """Returns the signatures of a model in TFLite's interpreter; a task defines its own."""
    if isinstance(model, ZooTask):
        check_no_examples(examples, "a task of the zoo")
        return model.tflite_signatures()
    return model_signatures(model, examples)


def check_no_examples(examples: Examples | None, owner: str) -> None:
    """Refuses examples if the signatures have their own.

    Raises:
        ExportError: If examples are given.
    """
    if examples is not None:
        raise ExportError(f"examples are not for {owner}, which has its own: leave them out.")


def model_signatures(model: keras.Model, examples: Examples | None = None) -> dict[str, Signature]:
    """Returns the signatures with which a Keras model is exported.

    - `sequence`: the call of the model.
    - `step`: one time step, with states as inputs and outputs; only if single steps give the same
      results as the sequence. States are called `<layer>_<state>` and start as zeros.

    Inputs have the names of their `keras.Input`; one without a name is `inputs`. Outputs have the
    keys of a dictionary, or the names of the layers that make them; a single one is `outputs`.
    `signature_names` defines the valid characters, and how duplicate names are numbered.

    Args:
        model: A Functional or Sequential model that is built.
        examples: Inputs of `sequence` on which the runtimes are compared: a list, each a
            dictionary of arrays, a list of arrays in the model's order, or the array of the only
            input. Defaults to random examples of several lengths.

    Raises:
        ExportError: If the model is of another kind, or cannot run the examples.
    """
    signatures = {"sequence": sequence_signature(model, examples)}
    with contextlib.suppress(NoStepError):
        signatures["step"] = step_signature(model)
    return signatures


def sequence_signature(model: keras.Model, examples: Examples | None = None) -> Signature:
    """Returns the signature `sequence`; see `model_signatures`."""
    return _sequence(model).signature(examples)


def sequence_without_examples(model: keras.Model) -> Signature:
    """Returns the signature `sequence` without examples, for tracing only."""
    sequence = _sequence(model)
    return Signature(sequence.call, sequence.specs, [], outputs=sequence.output_names)


def step_signature(model: keras.Model) -> Signature:
    """Returns the signature `step`; see `model_signatures`.

    Raises:
        NoStepError: If the model cannot run in single steps; the message says why.
    """
    return _Step(_sequence(model)).signature()


def _sequence(model):
    if not getattr(model, "inputs", None):
        raise ExportError(
            f"The inputs of model {model.name!r} are unknown: give a Functional or Sequential "
            "model that starts with a keras.Input, or `signatures` of your own."
        )
    _check_states(model)
    return _Sequence(model)


def _check_states(model):
    """Refuses stateful layers, which would mix the states of different callers."""
    for layer in all_layers(model):
        if getattr(layer, "stateful", False) and hasattr(layer, "cell"):
            raise ExportError(
                f"Layer {layer.name!r} is stateful: its output would depend on the previous call. "
                "Create it with stateful=False, and stream with the signature `step`."
            )


def _warn_of_training(model):
    for name in calls_in_training(model):
        warnings.warn(
            f"Layer {name!r} is called with training=True, but the export computes the same as "
            "`predict`, with training=False and without dropout. To export random outputs, pass "
            "`signatures` with a function that calls the model with training=True.",
            stacklevel=2,
        )


class _Sequence:
    def __init__(self, model: keras.Model) -> None:
        self.model = as_functional(model)
        self.specs = {
            name: tf.TensorSpec(tensor.shape, tensor.dtype, name=name)
            for name, tensor in zip(input_names(self.model), self.model.inputs, strict=True)
        }
        self.output_names = output_names(self.model)

    def signature(self, examples: Examples | None) -> Signature:
        _warn_of_training(self.model)
        if examples is None:
            examples = built_in_examples(self.model, self.specs, self.call)
        else:
            keras_names = [tensor.name for tensor in self.model.inputs]
            names = dict(zip(keras_names, self.specs, strict=True))
            examples = given_examples(examples, self.specs, names, self.call)
        return Signature(self.call, self.specs, examples, outputs=self.output_names)

    def call(self, **inputs: Any) -> dict[str, Tensor]:
        flat = [tf.convert_to_tensor(inputs[name]) for name in self.specs]
        outputs = self.model(keras.tree.pack_sequence_as(self.model.input, flat), training=False)
        return self.named(keras.tree.flatten(outputs))

    def named(self, outputs: Sequence[Tensor]) -> dict[str, Tensor]:
        return dict(zip(self.output_names, outputs, strict=True))


class _Step:
    def __init__(self, sequence: _Sequence) -> None:
        self.sequence = sequence
        self.stepper = Stepper(sequence.model)
        states = self.stepper.state_specs
        taken = [*sequence.specs, *sequence.output_names]
        names = parameter_names([spec.name for spec in states], "state", taken)
        self.state_specs = {
            name: tf.TensorSpec(spec.shape, spec.dtype, name=name)
            for name, spec in zip(names, states, strict=True)
        }
        self.frame_specs = {
            name: tf.TensorSpec([spec.shape[0], *spec.shape[2:]], spec.dtype, name=name)
            for name, spec in sequence.specs.items()
        }
        self.specs = {**self.frame_specs, **self.state_specs}

    def signature(self) -> Signature:
        outputs = [*self.sequence.output_names, *self.state_specs]
        return Signature(self.call, self.specs, self.examples(), outputs=outputs)

    def call(self, **inputs: Any) -> dict[str, Tensor]:
        frames = [tf.convert_to_tensor(inputs[name]) for name in self.frame_specs]
        states = [tf.convert_to_tensor(inputs[name]) for name in self.state_specs]
        outputs, states = self.stepper.step(frames, states)
        named_states = dict(zip(self.state_specs, states, strict=True))
        return {**self.sequence.named(outputs), **named_states}

    def examples(self) -> list[dict[str, np.ndarray]]:
        """Returns two examples: a batch of one time step, and a batch of three."""
        random = RandomInputs(self.sequence.model)
        return [
            {name: random.values(spec, [1] * batch) for name, spec in self.specs.items()}
            for batch in (1, 3)
        ]
