"""Checks that a model for sequences can run one time step at a time.

The class of a layer does not determine its computation: a subclass can compute something else, a
`Lambda` anything. So every operation is run on sequences, and on their single time steps.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import keras
import numpy as np
import tensorflow as tf

from seqzoo.core.errors import SeqzooError
from seqzoo.core.keras_internals import mask_of, set_mask
from seqzoo.core.types import Tensor
from seqzoo.export.errors import reason_of
from seqzoo.export.graph.model_graph import run_graph
from seqzoo.export.graph.recurrent_step import NotStreamableError, RecurrentStep, is_recurrent

# Float32 sums in a different order differ by about 1e-6.
_TOLERANCE = 1e-4

_LONG = 256
"""The length on which an operation is checked: longer than the reach of a dilated convolution."""

_MOST_VALUES = 2**20
"""The maximum size of a tensor on which an operation is checked; large ones have fewer steps."""

_ALONE = "single time steps"


class NoStepError(SeqzooError, ValueError):
    """A model cannot run one time step at a time; the message says why."""

    def __init__(self, reason: object) -> None:
        super().__init__(
            f"The model has no `step`: {reason}. Export only the signature `sequence`."
        )


class StreamProof:
    """Runs a model on sequences, and each of its operations on single time steps too.

    Args:
        model: A Functional or Sequential model that is built.
        inputs: Arrays `(batch, time, ...)`, in the model's order, of at least two time steps.

    Attributes:
        recurrent_steps: The `RecurrentStep` of every call of a recurrent layer, by its path in
            `run_graph`. All other operations run on a time step as on a sequence.
        are_sequences: For every output, whether it has a time axis.

    Raises:
        NoStepError: If an operation gives other results on time steps than on the sequence.
    """

    def __init__(self, model: keras.Model, inputs: Sequence[np.ndarray]) -> None:
        self.recurrent_steps: dict[tuple, RecurrentStep] = {}
        inputs = [tf.constant(array) for array in inputs]
        self._computed, self._sequences = _Tensors(inputs), _Tensors(inputs)
        outputs = run_graph(model, inputs, self._call)
        self.are_sequences = [output in self._sequences for output in outputs]

    def _call(self, path, *args, **kwargs):
        operation, arguments = path[-1].operation, (args, kwargs)
        outputs = _run(operation, arguments)
        given = [each for each in keras.tree.flatten(arguments) if each in self._computed]
        if any(each in self._sequences for each in given):
            if is_recurrent(operation):
                self._prove_recurrent(path, arguments, outputs)
            elif all(each in self._sequences for each in given):
                self._prove_alike(operation, arguments, given, outputs)
            else:
                raise _differs(operation)
        self._computed.update(outputs)
        return outputs

    def _prove_recurrent(self, path, arguments, outputs):
        """Compares a layer on prefixes of a sequence with its step, run over the same prefix."""
        layer = path[-1].operation
        try:
            step = RecurrentStep(layer, *arguments[0], **arguments[1])
        except NotStreamableError as error:
            raise NoStepError(f"{_named(layer)} {error}") from error
        steps = self._stream(step, arguments)
        for length in (1, len(steps) // 2, len(steps)):
            expected = _run(layer, self._map(_between(0, length), arguments))
            streamed = list(steps[length - 1])
            if layer.return_sequences:
                streamed[0] = tf.concat([returned[0] for returned in steps[:length]], axis=1)
            _check(layer, streamed, expected)
        self.recurrent_steps[path] = step
        if layer.return_sequences:
            self._sequences.update(outputs[:1])

    def _stream(self, step, arguments):
        """Returns the outputs of a step at every time step."""
        sequence = next(each for each in keras.tree.flatten(arguments) if each in self._sequences)
        states = [tf.zeros([len(sequence), *s.shape[1:]], s.dtype) for s in step.state_specs]
        steps = []
        for time in range(sequence.shape[1]):
            args, kwargs = self._map(_between(time, time + 1), arguments)
            outputs, states = step(states, *args, **kwargs)
            steps.append(outputs)
        return steps

    def _prove_alike(self, operation, arguments, given, outputs):
        """Compares an operation on long sequences with the operation on each time step alone."""
        longer = _Longer(given, outputs)
        whole = _run(operation, self._map(longer, arguments))
        alone = self._map(lambda each: _rows(longer(each)), arguments)
        rows = _run(operation, alone, _ALONE)
        for n, output in enumerate(outputs):
            if len(rows[n].shape) > 1 and rows[n].shape[:2] == (2 * longer.length, 1):
                expected = _rows(whole[n])
                _check(operation, [rows[n], mask_of(rows[n])], [expected, mask_of(expected)])
                self._sequences.update([output])
            else:
                self._prove_last_alone(operation, arguments, longer)

    def _prove_last_alone(self, operation, arguments, longer):
        """Compares an operation that returns no sequence with itself on only the last time step."""
        for length in (1, 2, longer.length):
            beginning = self._map(lambda each, end=length: longer(each)[:, :end], arguments)
            last = self._map(lambda each, end=length: longer(each)[:, end - 1 : end], arguments)
            _check(operation, _run(operation, last, _ALONE), _run(operation, beginning))

    def _map(self, function, arguments):
        """Applies a function to every sequence in the arguments, and to its mask."""

        def mapped(each):
            if each not in self._sequences:
                return each
            result, mask = function(each), mask_of(each)
            set_mask(result, None if mask is None else function(mask))
            return result

        return keras.tree.map_structure(mapped, arguments)


class _Tensors:
    """A set of tensors, compared by identity."""

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._by_identity: dict[int, Tensor] = {}
        self.update(tensors)

    def update(self, tensors: Iterable[Tensor]) -> None:
        # The tensor is stored too: the id of a deleted one can be reused.
        self._by_identity.update({id(each): each for each in tensors})

    def __contains__(self, tensor):
        return id(tensor) in self._by_identity


class _Longer:
    """Builds two long sequences from the time steps of others, with the same steps for each.

    Noise is added to the second, so that saturated inputs do not hide what an operation does.
    """

    def __init__(self, sequences: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        batch, time = sequences[0].shape[:2]
        frame = max(tf.size(each) for each in (*sequences, *outputs)) // (batch * time)
        self.length = int(np.clip(_MOST_VALUES // max(1, 2 * frame), 12, _LONG))
        self._frames = np.random.default_rng(0).integers(0, batch * time, [2, self.length])

    def __call__(self, sequences: Tensor) -> Tensor:
        frames = tf.reshape(sequences, [-1, *sequences.shape[2:]])
        longer = tf.gather(frames, self._frames)
        if not longer.dtype.is_floating:
            return longer
        noise = tf.constant(np.random.default_rng(1).normal(size=longer.shape[1:]), longer.dtype)
        return longer + tf.stack(
            [tf.zeros_like(noise), noise * (1 + tf.reduce_max(tf.abs(longer)))]
        )


def _between(start, stop):
    return lambda sequence: sequence[:, start:stop]


def _rows(sequences):
    """Reshapes every time step to a sequence of its own, and the mask likewise."""
    rows, mask = tf.reshape(sequences, [-1, 1, *sequences.shape[2:]]), mask_of(sequences)
    set_mask(rows, None if mask is None else tf.reshape(mask, [-1, 1]))
    return rows


def _run(operation, arguments, inputs="sequences"):
    """Returns the outputs of an operation, flattened."""
    args, kwargs = arguments
    try:
        with warnings.catch_warnings():
            # Warnings about single time steps, which the user did not ask for.
            warnings.simplefilter("ignore")
            return keras.tree.flatten(operation(*args, **kwargs))
    # A custom layer can raise anything.
    except Exception as error:
        raise NoStepError(
            f"{_named(operation)} cannot run on {inputs} ({reason_of(error)})"
        ) from error


def _check(operation, actual, expected):
    if not all(map(are_close, actual, expected)):
        raise _differs(operation)


def are_close(actual: Tensor | None, expected: Tensor | None) -> bool:
    """Returns whether two tensors are equal up to rounding; either may be `None`."""
    if actual is None or expected is None:
        return actual is expected
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape or actual.dtype.kind not in "fc":
        return np.array_equal(actual, expected)
    return np.allclose(actual, expected, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True)


def _differs(operation):
    return NoStepError(
        f"{_named(operation)} gives other results on single time steps than on the sequence"
    )


def _named(operation):
    return f"layer {operation.name!r} ({type(operation).__name__})"
