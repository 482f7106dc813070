"""The graph of a Functional model, run with other calls of its layers."""

from collections.abc import Callable

import keras

from seqzoo.core.keras_internals import graph_nodes, runs_its_graph


def as_functional(model: keras.Model) -> keras.Model:
    """The model itself, or the graph of a Sequential, which does not say its outputs."""
    if isinstance(model, keras.Sequential):
        return keras.Model(model.inputs, model.outputs)
    return model


def run_graph(model: keras.Model, inputs: list, call: Callable, path: tuple = ()) -> list:
    """Runs a model node by node, those of the models inside it among them.

    Args:
        model: A Functional or Sequential model that is built.
        inputs: Its inputs, flat.
        call: A function `call(path, *args, **kwargs)` that returns what an operation makes of its
            arguments. The path of nodes is unlike that of any other call; the last node holds the
            `operation`.
        path: The nodes that the model stands in.

    Returns:
        The outputs of the model, flat.
    """
    tensors = dict(zip(map(id, model.inputs), inputs, strict=True))
    for node in graph_nodes(model):
        args, kwargs = node.arguments.fill_in(tensors)
        here = (*path, node)
        if runs_its_graph(node.operation) and all(value is None for value in kwargs.values()):
            outputs = run_graph(node.operation, keras.tree.flatten(args), call, here)
        else:
            outputs = keras.tree.flatten(call(here, *args, **kwargs))
        tensors.update(zip(map(id, node.outputs), outputs, strict=True))
    return [tensors[id(output)] for output in model.outputs]


def calls_in_training(model: keras.Model) -> list[str]:
    """The names of the layers that a model, or one inside it, calls with `training=True`.

    `predict` puts False in its place, while calling the model leaves it.
    """
    names = []
    for node in graph_nodes(as_functional(model)):
        if node.arguments.kwargs.get("training") is True:
            names.append(node.operation.name)
        if runs_its_graph(node.operation):
            names += calls_in_training(node.operation)
    return names
