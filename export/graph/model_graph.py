"""Runs the graph of a Functional model with a custom call for each of its layers."""

from collections.abc import Callable

import keras

from seqzoo.core.keras_internals import graph_nodes, runs_its_graph


def as_functional(model: keras.Model) -> keras.Model:
    """Returns the model, or a Functional model of a Sequential, which names no outputs itself."""
    if isinstance(model, keras.Sequential):
        return keras.Model(model.inputs, model.outputs)
    return model


def run_graph(model: keras.Model, inputs: list, call: Callable, path: tuple = ()) -> list:
    """Runs a model node by node, including the nodes of nested models.

    Args:
        model: A Functional or Sequential model that is built.
        inputs: The inputs of the model, flattened.
        call: A function `call(path, *args, **kwargs)` that returns the outputs of an operation.
            The path of nodes is unique for each call; its last node holds the `operation`.
        path: The nodes around the model.

    Returns:
        The outputs of the model, flattened.
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
    """Returns the names of layers that a model, or a nested one, calls with `training=True`.

    `predict` replaces it by False; calling the model does not.
    """
    names = []
    for node in graph_nodes(as_functional(model)):
        if node.arguments.kwargs.get("training") is True:
            names.append(node.operation.name)
        if runs_its_graph(node.operation):
            names += calls_in_training(node.operation)
    return names
