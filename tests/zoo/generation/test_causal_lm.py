"""What a keras-hub user does with a causal language model."""

import keras
import keras_nlp
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.zoo import NoteGenerator
from tests.contracts.model_cases import melody


@pytest.fixture(scope="module")
def scores():
    return [melody([60, 62, 64, 65, 60 + n, 55, 72 - n]) for n in range(6)]


@pytest.fixture(scope="module")
def midis(scores):
    return [score.dumps_midi() for score in scores]


@pytest.fixture(scope="module")
def task():
    keras.utils.set_random_seed(2)
    return NoteGenerator.from_examples(
        embedding_dim=8, units=12, num_layers=2, dropout=0.0, sequence_length=16
    )


def loss(task, x, **kwargs):
    return task.evaluate(x, verbose=0, return_dict=True, **kwargs)["nats_per_token"]


def test_the_metric_counts_every_target_once_and_no_padding(task, scores):
    windows = list(task.preprocessor.windows(scores))
    x = {key: np.stack([w[0][key] for w in windows]) for key in windows[0][0]}
    y, weight = np.stack([w[1] for w in windows]), np.stack([w[2] for w in windows])
    log_probabilities = keras.ops.log_softmax(task(x))
    chosen = np.take_along_axis(np.asarray(log_probabilities), y[..., None], axis=-1)[..., 0]
    expected = -np.sum(chosen * weight) / np.sum(weight)
    np.testing.assert_allclose(loss(task, scores, batch_size=4), expected, rtol=1e-5)


@pytest.mark.slow
def test_all_forms_of_raw_inputs_mean_the_same(task, scores, midis):
    dataset = tf.data.Dataset.from_tensor_slices(midis)
    forms = [scores, midis, np.array(midis, dtype=object), tf.constant(midis)]
    forms += [dataset, dataset.batch(4), tuple(scores)]
    expected, logits = loss(task, scores), task.predict(scores, verbose=0)
    for form in forms:
        np.testing.assert_allclose(loss(task, form), expected, rtol=1e-6)
        np.testing.assert_allclose(task.predict(form, verbose=0), logits, atol=1e-6)


def test_preprocessed_inputs_pass_as_in_keras_hub(task, midis):
    x, y, weight = task.preprocessor(midis)
    expected = loss(task, tf.data.Dataset.from_tensors((x, y, weight)))
    np.testing.assert_allclose(
        loss(task, x, y=y, sample_weight=weight, batch_size=2), expected, rtol=1e-5
    )
    detached = NoteGenerator.from_config(task.get_config())
    detached.set_weights(task.get_weights())
    detached.preprocessor = None
    steps = []
    count = keras.callbacks.LambdaCallback(
        on_test_batch_end=lambda batch, logs: steps.append(batch)
    )
    np.testing.assert_allclose(
        loss(detached, x, y=y, sample_weight=weight, batch_size=2, callbacks=[count]),
        expected,
        rtol=1e-5,
    )
    assert len(steps) == 3


@pytest.mark.slow
def test_validation_split_holds_out_whole_scores(scores):
    task = NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1)
    history = task.fit(scores, validation_split=0.34, verbose=0).history
    np.testing.assert_allclose(history["val_nats_per_token"][-1], loss(task, scores[3:]), rtol=1e-5)


def test_batch_methods_take_raw_inputs(scores, midis):
    task = NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1)
    before = task.predict_on_batch(midis)
    np.testing.assert_allclose(before, task.predict(scores, verbose=0), atol=1e-6)
    task.train_on_batch(scores)
    assert np.abs(task.predict_on_batch(midis) - before).max() > 0


def test_one_score_gives_one_and_several_give_several(task, scores, midis, tmp_path):
    for index, midi in enumerate(midis[:3]):
        (tmp_path / f"{index}.mid").write_bytes(midi)
    task.compile(sampler="greedy")
    one = task.generate(scores[0], max_length=60)
    assert one.ticks_per_quarter == 480
    forms = [scores[:3], tuple(scores[:3]), np.array(midis[:3], dtype=object), str(tmp_path)]
    forms.append(tf.data.Dataset.from_tensor_slices(midis[:3]))
    for several in forms:
        generated = task.generate(several, max_length=60)
        assert len(generated) == 3
        assert generated[0].tracks[0].notes == one.tracks[0].notes
    with pytest.raises(ValueError, match="at least one"):
        task.generate([], max_length=60)


def test_token_ids_generate_as_in_keras_hub(task, midis):
    prompt = task.preprocessor.generate_preprocess(midis[:2], sequence_length=50)
    task.compile(sampler="greedy")
    detached = NoteGenerator.from_config(task.get_config())
    detached.set_weights(task.get_weights())
    detached.compile(sampler="greedy")
    preprocessor, detached.preprocessor = detached.preprocessor, None
    tokens = detached.generate(dict(prompt), stop_token_ids=None)["token_ids"]
    assert tokens.shape == (2, 50)
    present = np.asarray(prompt["padding_mask"])
    np.testing.assert_array_equal(tokens[present], np.asarray(prompt["token_ids"])[present])
    detached.preprocessor = preprocessor


def test_a_prompt_that_leaves_no_room_is_refused(task, scores):
    with pytest.raises(ValueError, match="leaves no room below max_length=10"):
        task.generate(scores[0], max_length=10)


def test_without_stop_tokens_it_never_ends_early(task):
    task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=1))
    prompt = task.preprocessor.generate_preprocess([b""], sequence_length=400)
    tokens = np.asarray(task.make_generate_function()(prompt, stop_token_ids=None)["token_ids"])
    assert not np.isin(tokens[:, 1:], [0, 1, 2]).any()


@pytest.mark.parametrize("sampler", ["greedy", "top_k", "top_p", "random", "beam"])
def test_samplers_keep_the_prompt(task, scores, sampler):
    task.compile(sampler=sampler)
    continued = task.generate(scores[0], max_length=60)
    prompt = [(n.time, n.pitch, n.duration) for n in scores[0].tracks[0].notes]
    assert set(prompt) <= {(n.time, n.pitch, n.duration) for n in continued.tracks[0].notes}


@pytest.mark.slow
def test_a_seed_repeats_and_temperature_matters(task):
    def compose(temperature, seed):
        task.compile(sampler=keras_nlp.samplers.RandomSampler(temperature=temperature, seed=seed))
        prompt = task.preprocessor.generate_preprocess([b""], sequence_length=400)
        drawn = task.make_generate_function()(prompt, stop_token_ids=None)
        return np.asarray(drawn["token_ids"]).tolist()

    assert compose(1.0, 3) == compose(1.0, 3)
    assert compose(1.0, 3) != compose(1.0, 4)
    assert compose(1.0, 3) != compose(0.1, 3)


@pytest.mark.parametrize(
    ("token_ids", "message"),
    [
        ([[0, 5, 6]], "padded on the right only"),
        ([[5, -1, 6]], "must not be negative"),
        ([[5, 483, 6]], "beyond the vocabulary"),
    ],
)
def test_sequences_that_would_be_misread_are_refused(task, token_ids, message):
    for name in ("generate", "score"):
        signature = task.signatures()[name]
        example = {**signature.examples[0], "token_ids": np.array(token_ids, "int32")}
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            signature.function(**example)
