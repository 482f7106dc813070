"""Axes of a served tensor."""

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2


def has_batch_axis(info: meta_graph_pb2.TensorInfo) -> bool:
    """Whether the first axis is one of any size: the rows of a batch."""
    shape = tf.TensorShape(info.tensor_shape)
    return bool(shape.rank) and shape[0] is None


def has_fixed_rows(info: meta_graph_pb2.TensorInfo) -> bool:
    """Whether the axes after the first have known sizes, so that all rows have one shape."""
    shape = tf.TensorShape(info.tensor_shape)
    return bool(shape.rank) and shape[1:].is_fully_defined()
