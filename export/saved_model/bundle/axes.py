"""Axes of a served tensor."""

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2


def has_batch_axis(info: meta_graph_pb2.TensorInfo) -> bool:
    """Returns whether the first axis is a batch axis, one of any size."""
    shape = tf.TensorShape(info.tensor_shape)
    return bool(shape.rank) and shape[0] is None


def has_fixed_rows(info: meta_graph_pb2.TensorInfo) -> bool:
    """Returns whether all axes after the first have static sizes, so that rows have equal shape."""
    shape = tf.TensorShape(info.tensor_shape)
    return bool(shape.rank) and shape[1:].is_fully_defined()
