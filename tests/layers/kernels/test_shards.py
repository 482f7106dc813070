import pytest
import tensorflow as tf

from seqzoo.layers.kernels.shards import Shards
from tests.contracts.layer_cases import assert_close, random


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(tf.config.threading, "get_inter_op_parallelism_threads", lambda: 4)


def rows_of_shards(batch, **arguments):
    values = tf.constant(random(batch, 2))
    shards = Shards(batch, **arguments).cut([values])
    assert_close(tf.concat([shard[0] for shard in shards], axis=0), values, 0)
    return [len(shard[0]) for shard in shards]


def unknown_rows_of_shards(batch, **arguments):
    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float64)])
    def cut(values):
        shards = Shards(tf.shape(values)[0], **arguments)
        return [shard[0] for shard in shards.cut([values])]

    values = tf.constant(random(batch, 2))
    shards = cut(values)
    assert_close(tf.concat(shards, axis=0), values, 0)
    return [len(shard) for shard in shards if len(shard)]


each_kind = pytest.mark.parametrize("rows", [rows_of_shards, unknown_rows_of_shards])


@each_kind
def test_a_shard_for_each_core_but_none_of_few_rows(rows):
    assert rows(15) == [15]
    assert rows(16) == [8, 8]
    assert rows(31) == [10, 10, 11]
    assert rows(70) == [17, 18, 17, 18]


@each_kind
def test_undivided_where_a_product_occupies_all_cores(rows):
    assert rows(39, min_rows_unsharded=39.5) == [9, 10, 10, 10]
    assert rows(40, min_rows_unsharded=39.5) == [40]
