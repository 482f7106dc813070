"""Splits a batch into shards that are computed in parallel, one for each core."""

from __future__ import annotations

import functools
import itertools
import math
import os
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

# TensorFlow has no public name for this function.
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext

from seqzoo.core.types import Tensor

_FEWEST_ROWS = 8
_MOST_SHARDS = 8


class Shards:
    """The shards of a batch.

    A batch of dynamic size has as many shards as there are cores; if it turns out to be too small
    for all of them, the last shards are empty and are not computed. In a graph that is compiled as
    a whole there is one shard: only the compiler knows the sizes, and it would also compile shards
    that are never computed.

    Args:
        batch: The number of rows, an integer or a scalar tensor.
        min_rows_unsharded: The number of rows from which there is only one shard, as the products
            of a time step are large enough to occupy all cores.
    """

    def __init__(self, batch: int | Tensor, min_rows_unsharded: float = math.inf) -> None:
        most = min(_cores(), _MOST_SHARDS)
        if isinstance(batch, int):
            most = min(most, batch // _FEWEST_ROWS) if batch < min_rows_unsharded else 1
            most = filled = max(1, most)
            clip = min
        elif GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()):
            most, filled, clip = 1, 1, tf.minimum
        else:
            filled = tf.clip_by_value(batch // _FEWEST_ROWS, 1, most)
            filled = tf.where(tf.cast(batch, tf.float32) < min_rows_unsharded, filled, 1)
            clip = tf.minimum
        self._filled = filled
        self._bounds = [clip(batch * i // filled, batch) for i in range(most + 1)]

    def unless_single(self, whole: Callable[[], Any], sharded: Callable[[], Any]) -> Any:
        """Calls `whole` if the batch is one shard, else `sharded`, and returns the result."""
        if isinstance(self._filled, int):
            return whole() if self._filled == 1 else sharded()
        return tf.cond(self._filled == 1, whole, sharded)

    def cut(self, tensors: Any) -> list[Any]:
        """Splits a structure of tensors with a batch axis into one structure for each shard."""
        if len(self._bounds) == 2:
            return [tensors]

        def rows(start, end):
            return tf.nest.map_structure(lambda t: t if t is None else t[start:end], tensors)

        return list(itertools.starmap(rows, itertools.pairwise(self._bounds)))

    def join(self, shards: Sequence[Sequence[Tensor]]) -> list[Tensor]:
        """Concatenates the lists of tensors of all shards to one list for the whole batch."""
        if len(shards) == 1:
            return list(shards[0])
        return [tf.concat(parts, axis=0) for parts in zip(*shards, strict=True)]

    def map(
        self, function: Callable[..., Any], empty: Callable[..., Any], *arguments: Any
    ) -> list[Any]:
        """Calls a function with the arguments of every shard that is not empty.

        Args:
            function: Takes one shard's arguments.
            empty: Takes the arguments of an empty shard; returns empty tensors, nested as the
                result of `function`.
            *arguments: Lists with one structure of tensors for each shard.

        Returns:
            A list with the result for each shard.
        """
        return [
            self._call(index, functools.partial(function, *shard), functools.partial(empty, *shard))
            for index, shard in enumerate(zip(*arguments, strict=True))
        ]

    def _call(self, index, function, empty):
        start, end = self._bounds[index : index + 2]
        if index == 0 or isinstance(start, int):
            return function()
        return tf.cond(start < end, function, empty)


def _cores():
    """Returns how many operations TensorFlow runs in parallel, also inside a container."""
    threads = tf.config.threading.get_inter_op_parallelism_threads()
    if threads:
        return threads
    # macOS and Windows have no CPU affinity.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
