"""All private names of Keras and keras-hub that seqzoo uses.

`setup.cfg` pins Keras to one minor version because of this file: if a release renames or drops one
of these names, only this file has to change. Each docstring says why no public name will do.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, TypeVar

import keras
from keras.src import backend
from keras.src.backend.common import global_state

# The base class of the cells, which has no public name: only for cells of this class does Keras's
# RNN layer use one dropout mask for all time steps.
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell as DropoutRNNCell
from keras.src.models import Functional

_TRAINER = "keras.src.backend.tensorflow.trainer"
_TRAINER_STEPS = ("one_step_on_data", "test_step", "predict_step")
_UNINITIALIZED = "uninitialized_variables"

Error = TypeVar("Error", bound=type[Exception])


@contextlib.contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """Replaces an attribute of a class or module inside the context.

    An export replaces methods of Keras layers, because these choose their time loop and cuDNN
    themselves; no argument and no public setting of Keras changes that.

    Args:
        owner: A class or module.
        name: The name of the attribute; a class may inherit it.
        value: The replacement.
    """
    is_own = name in vars(owner)
    before = vars(owner).get(name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if is_own:
            setattr(owner, name, before)
        else:
            delattr(owner, name)


def loop_over_time(*args: Any, **kwargs: Any) -> tuple:
    """Runs a step function over the time steps of sequences: Keras's own loop, or its replacement.

    `keras.backend.rnn` of Keras 2 has no public name in Keras 3, and `keras.ops.scan` does not
    support masks.

    Args:
        *args: `step_function`, `inputs` `(batch, time, ...)` and `initial_states`.
        **kwargs: `go_backwards`, `mask`, `unroll`, `input_length`, `return_all_outputs`, and the
            other arguments of `keras.src.backend.rnn`.

    Returns:
        The last output, the outputs of all steps, and the final states.
    """
    return backend.rnn(*args, **kwargs)


@contextlib.contextmanager
def replaced_loop_over_time(make: Callable[[Callable], Callable]) -> Iterator[None]:
    """Replaces the loop over time inside the context, for the layers of Keras too.

    Args:
        make: Builds the new loop from Keras's; both take the arguments of `loop_over_time`.
    """
    with replaced(backend, "rnn", make(backend.rnn)):
        yield


def cudnn_ok(*args: Any, **kwargs: Any) -> bool:
    """Returns whether cuDNN is available and has a kernel for a layer's arguments.

    Keras layers call this function of their backend; it has no public name.

    Args:
        *args: `activation`, `recurrent_activation`, `unroll` and `use_bias` of the layer.
        **kwargs: `reset_after` of a GRU.
    """
    return backend.cudnn_ok(*args, **kwargs)


def cudnn_lstm(*args: Any, **kwargs: Any) -> tuple:
    """Runs an LSTM on cuDNN.

    TensorFlow's raw operation takes all weights packed into one vector; Keras's function packs
    them.
    """
    return backend.lstm(*args, **kwargs)


def cudnn_gru(*args: Any, **kwargs: Any) -> tuple:
    """Runs a GRU on cuDNN; see `cudnn_lstm`."""
    return backend.gru(*args, **kwargs)


def is_traced_by_trainer() -> bool:
    """Returns whether a step of a Keras trainer (`fit`, `evaluate`, `predict`) is being traced.

    Keras has no flag for this, so the call stack is searched for a trainer's step. A running
    trainer alone is not enough: a callback of `fit` may export the model.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        is_step = frame.f_code.co_name in _TRAINER_STEPS
        if is_step and frame.f_globals.get("__name__") == _TRAINER:
            return True
        frame = frame.f_back
    return False


def all_layers(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """Returns a layer or model and all layers inside it, at any depth.

    `Model.layers` lists only the outermost layers, and a plain layer has no such list.
    """
    return layer._flatten_layers()


def takes_mask(layer: keras.layers.Layer) -> bool:
    """Returns whether `call` of a layer has an argument `mask`.

    Keras inspects the signature once, when the layer is created, and uses the result for every
    call; this reads the same result.
    """
    return layer._call_has_mask_arg


def takes_training(layer: keras.layers.Layer) -> bool:
    """Returns whether `call` of a layer has an argument `training`; see `takes_mask`."""
    return layer._call_has_training_arg


def mask_of(tensor: Any) -> Any:
    """Returns the mask that Keras has attached to a tensor, or `None`.

    Keras passes this mask to `Layer.compute_mask`, but no public function reads or sets it.
    """
    return getattr(tensor, "_keras_mask", None)


def set_mask(tensor: Any, mask: Any) -> None:
    """Attaches a mask to a tensor; see `mask_of`."""
    tensor._keras_mask = mask


def runs_its_graph(operation: keras.Operation) -> bool:
    """Returns whether an operation only runs its graph; a subclass may override `call`.

    The class of `keras.Model(inputs, outputs)` has no public name.
    """
    return type(operation) in (Functional, keras.Sequential)


def graph_nodes(model: keras.Model) -> list:
    """Returns the layer calls of a Functional or Sequential model, in execution order.

    Each node has `operation`, `arguments` and `outputs`. No part of the graph is public in Keras; a
    model's `get_config` describes the layers, but cannot give these calls.
    """
    graph = model._functional if isinstance(model, keras.Sequential) else model
    by_depth = sorted(graph._nodes_by_depth.items(), reverse=True)
    return [node for _, nodes in by_depth for node in nodes if not node.is_input]


@contextlib.contextmanager
def variables_without_values() -> Iterator[None]:
    """Creates the variables inside the context with shapes, but without values, now or later.

    In a public `keras.StatelessScope` a variable has no value either, but Keras adds it to a list
    and initializes everything on that list when a scope ends, even the scope of another model.
    """
    waiting = global_state.get_global_attribute(_UNINITIALIZED)
    # Keras appends to the current list, so a temporary one keeps these variables off the real one.
    global_state.set_global_attribute(_UNINITIALIZED, [])
    with keras.StatelessScope(initialize_variables=False):
        try:
            yield
        finally:
            global_state.set_global_attribute(_UNINITIALIZED, waiting)


def message_unchanged(error_class: Error) -> Error:
    """Marks an error class so that Keras does not extend its message if a `call` raises it.

    Keras appends the arguments of the call to the message of every other error. The public
    `keras.config.disable_traceback_filtering` would switch that off for all errors at once.
    """
    error_class._keras_call_info_injected = True  # type: ignore[attr-defined]
    return error_class


def add_special_token(tokenizer: Any, token: str, name: str) -> None:
    """Registers a special token with a keras-hub tokenizer, as attributes `name` and `name_id`.

    Every tokenizer of keras-hub calls this in its constructor, but the method has no public name.
    """
    tokenizer._add_special_token(token, name)
