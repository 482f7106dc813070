"""The loop over time that turns a cell into a layer."""

import inspect

import keras
from keras import ops, tree

_LOOP_PARAMETERS = {
    "return_sequences": False,
    "return_state": False,
    "go_backwards": False,
    "stateful": False,
    "unroll": False,
    "zero_output_for_mask": False,
    "use_cudnn": "auto",
}


class Recurrent(keras.layers.RNN):
    """A cell run over time; the base of `SimpleRNN`, `LSTM`, `PeepholeLSTM` and `GRU`.

    A subclass sets `cell_class`. Its constructor takes the cell's arguments, then those below;
    the cell's arguments can be read from the layer too (`layer.units`).

    Args:
        *args: The cell's arguments, by position.
        return_sequences: Return the outputs of all time steps, not only the last. Defaults to
            `False`.
        return_state: Return the final states after the output. Defaults to `False`.
        go_backwards: Run from the last time step to the first; the outputs, and the mask that
            goes on to the next layer, are in the order of the run. Defaults to `False`.
        stateful: Start each batch from the final states of the one before. Defaults to `False`.
        unroll: Write the time steps out instead of looping. Defaults to `False`.
        zero_output_for_mask: Output zeros, not the last output, at masked time steps. Defaults
            to `False`.
        use_cudnn: `"auto"` or `False`, as in Keras. The portable kernel runs everywhere, so
            `True` is refused. Defaults to `"auto"`.
        **kwargs: The cell's arguments by name, and those of `keras.layers.Layer`:
            `activity_regularizer`, `name`, `dtype`, `trainable`.

    Call arguments:
        sequences: Tensor `(batch, time, features)`; batch and time may be unknown.
        initial_state: List of the states `(batch, units)`. Defaults to zeros.
        mask: Boolean tensor `(batch, time)`; a masked time step leaves the states alone, wherever
            it stands, so that a padded sequence gives what it gives unpadded.
        training: Whether dropout is applied.

    Returns:
        The last output `(batch, units)`, or all `(batch, time, units)`, and with `return_state`
        the final states `(batch, units)` behind it.
    """

    cell_class = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.cell_class is not None:
            cls.__signature__ = _layer_signature(cls.cell_class)

    def __init__(self, *args, **kwargs):
        arguments = self.__signature__.bind(*args, **kwargs).arguments
        kwargs = arguments.pop("kwargs", {})
        for name in _LOOP_PARAMETERS:
            if name in arguments:
                kwargs[name] = arguments.pop(name)
        use_cudnn = kwargs.pop("use_cudnn", "auto")
        if use_cudnn not in ("auto", False):
            raise ValueError(
                "Argument `use_cudnn` must be 'auto' or False: the portable kernel runs "
                f"everywhere. Received: use_cudnn={use_cudnn!r}"
            )
        cell = self.cell_class(
            **arguments,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="cell",
        )
        super().__init__(cell, **kwargs)
        self.use_cudnn = use_cudnn
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def __getattr__(self, name):
        if self.cell_class is not None and name in self.cell_class.parameters():
            return getattr(self.cell, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def compute_mask(self, _, mask):
        """The mask of the output: none for a last output, reversed under `go_backwards`."""
        mask = tree.flatten(mask)[0]
        if not self.return_sequences:
            mask = None
        elif self.go_backwards and mask is not None:
            mask = ops.flip(mask, axis=1)
        return [mask, *(None for _ in self.state_size)] if self.return_state else mask

    def get_config(self):
        """Every constructor argument, serialized."""
        config = super().get_config()
        del config["cell"]
        cell_config = self.cell.get_config()
        return {
            **config,
            "use_cudnn": self.use_cudnn,
            **{name: cell_config[name] for name in self.cell_class.parameters()},
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Makes the layer from `get_config`'s answer."""
        return cls(**config)


def _layer_signature(cell_class):
    """The cell's parameters, then the loop's: what Keras shows of its own layers."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    loop = [inspect.Parameter(name, kind, default=v) for name, v in _LOOP_PARAMETERS.items()]
    rest = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
    return inspect.Signature([*cell_class.parameters().values(), *loop, rest])
