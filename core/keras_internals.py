"""Everything seqzoo uses of Keras and keras-hub that they keep private.

`setup.cfg` pins Keras to one minor version for the sake of this file: where a release renames or
drops one of these names, this is the only file to change. Each function says what it gives, and
why no public name does.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, TypeVar

import keras
from keras.src import backend
from keras.src.backend.common import global_state

# The base of the cells: Keras's RNN layer draws one dropout mask for all time steps only for cells
# of this class, which has no public name.
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell as DropoutRNNCell
from keras.src.models import Functional

_TRAINER = "keras.src.backend.tensorflow.trainer"
_TRAINER_STEPS = ("one_step_on_data", "test_step", "predict_step")
_UNINITIALIZED = "uninitialized_variables"

Error = TypeVar("Error", bound=type[Exception])


@contextlib.contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """Gives a class or module another attribute while the context lasts.

    An export replaces methods of Keras's layers, since these choose their loop over time, and
    cuDNN, by themselves: no argument and no public setting of Keras changes that.

    Args:
        owner: A class or module.
        name: The attribute; a class may inherit it.
        value: What stands in its place.
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
    """Runs a function over the time steps of sequences: Keras's own loop, or its replacement.

    `keras.backend.rnn` of Keras 2 has no public name in Keras 3, and `keras.ops.scan` knows no
    masks.

    Args:
        *args: `step_function`, `inputs` `(batch, time, ...)` and `initial_states`.
        **kwargs: `go_backwards`, `mask`, `unroll`, `input_length`, `return_all_outputs`, and what
            else `keras.src.backend.rnn` takes.

    Returns:
        The last output, the outputs, and the last states.
    """
    return backend.rnn(*args, **kwargs)


@contextlib.contextmanager
def replaced_loop_over_time(make: Callable[[Callable], Callable]) -> Iterator[None]:
    """Replaces the loop over time, which the layers of Keras run by, too.

    Args:
        make: Makes the new loop out of Keras's; both take the arguments of `loop_over_time`.
    """
    with replaced(backend, "rnn", make(backend.rnn)):
        yield


def cudnn_ok(*args: Any, **kwargs: Any) -> bool:
    """Whether cuDNN is there and has a kernel for a layer's arguments.

    Keras's layers ask this of their backend; there is no public name.

    Args:
        *args: `activation`, `recurrent_activation`, `unroll` and `use_bias` of the layer.
        **kwargs: `reset_after` of a GRU.
    """
    return backend.cudnn_ok(*args, **kwargs)


def cudnn_lstm(*args: Any, **kwargs: Any) -> tuple:
    """Runs an LSTM on cuDNN.

    TensorFlow's raw operation takes all weights packed into one vector; Keras's packs them.
    """
    return backend.lstm(*args, **kwargs)


def cudnn_gru(*args: Any, **kwargs: Any) -> tuple:
    """Runs a GRU on cuDNN.

    TensorFlow's raw operation takes all weights packed into one vector; Keras's packs them.
    """
    return backend.gru(*args, **kwargs)


def is_traced_by_trainer() -> bool:
    """Whether a step of a Keras trainer (`fit`, `evaluate`, `predict`) is on the call stack.

    Keras has no flag that says so. The trainer alone is not enough: a callback of `fit` may export
    the model.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        is_step = frame.f_code.co_name in _TRAINER_STEPS
        if is_step and frame.f_globals.get("__name__") == _TRAINER:
            return True
        frame = frame.f_back
    return False


def all_layers(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """A layer or model and all layers inside it, at any depth.

    `Model.layers` lists only the outermost, and a plain layer has no list at all.
    """
    return layer._flatten_layers()


def takes_mask(layer: keras.layers.Layer) -> bool:
    """Whether `call` of a layer has an argument `mask`.

    Keras reads the signature once, when the layer is made, and goes by that when it calls the
    layer: the answer must be its own.
    """
    return layer._call_has_mask_arg


def takes_training(layer: keras.layers.Layer) -> bool:
    """Whether `call` of a layer has an argument `training`; see `takes_mask`."""
    return layer._call_has_training_arg


def mask_of(tensor: Any) -> Any:
    """The mask that Keras passes on with a tensor, `None` without one.

    `Layer.compute_mask` is called by Keras with it, but no public function reads or sets it.
    """
    return getattr(tensor, "_keras_mask", None)


def set_mask(tensor: Any, mask: Any) -> None:
    """Passes a mask on with a tensor; see `mask_of`."""
    tensor._keras_mask = mask


def runs_its_graph(operation: keras.Operation) -> bool:
    """Whether running its graph is all that an operation does: a subclass may call otherwise.

    `keras.Model(inputs, outputs)` makes an object of a class that has no public name.
    """
    return type(operation) in (Functional, keras.Sequential)


def graph_nodes(model: keras.Model) -> list:
    """The calls of layers that a Functional or Sequential model consists of, in running order.

    Each has `operation`, `arguments` and `outputs`. Keras makes no part of the graph public; a
    model's public `get_config` names the layers, but calls them again.
    """
    graph = model._functional if isinstance(model, keras.Sequential) else model
    by_depth = sorted(graph._nodes_by_depth.items(), reverse=True)
    return [node for _, nodes in by_depth for node in nodes if not node.is_input]


@contextlib.contextmanager
def variables_without_values() -> Iterator[None]:
    """Inside it, variables have shapes, but no values and no memory, then or later.

    In a public `keras.StatelessScope` a variable has no value either, but Keras puts it on a list,
    and makes the values of all on it when a scope ends, of this or another model.
    """
    waiting = global_state.get_global_attribute(_UNINITIALIZED)
    # Keras appends to the list that is there.
    global_state.set_global_attribute(_UNINITIALIZED, [])
    with keras.StatelessScope(initialize_variables=False):
        try:
            yield
        finally:
            global_state.set_global_attribute(_UNINITIALIZED, waiting)


def message_unchanged(error_class: Error) -> Error:
    """Decorates an error, so that Keras passes it on unchanged if a layer's `call` raises it.

    Keras appends the arguments of the call to the message of any other error. The public
    `keras.config.disable_traceback_filtering` would switch that off for all errors at once.
    """
    error_class._keras_call_info_injected = True  # type: ignore[attr-defined]
    return error_class


def add_special_token(tokenizer: Any, token: str, name: str) -> None:
    """Makes a special token known to keras-hub's tokenizer, as attributes `name` and `name_id`.

    Every tokenizer in keras-hub calls this in its constructor; there is no public name for those
    outside it.
    """
    tokenizer._add_special_token(token, name)
