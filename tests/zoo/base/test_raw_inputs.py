"""Raw inputs mean the same on every model."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.contracts.model_cases import MODEL_CASES, NER_TAGGER, NOTE_GENERATOR, each_model

with_targets = pytest.mark.parametrize(
    "case", [case for case in MODEL_CASES if len(case.examples) == 2], ids=repr
)


class Batches(keras.utils.PyDataset):
    """Of nothing."""


@each_model
def test_what_is_raw(case):
    task = case.make()
    assert task.is_raw(case.examples[0])
    assert task.is_raw("a folder")
    batches = task.training_batches(*case.examples)
    for other in (None, {}, batches, batches.map(lambda x, *_: x), Batches()):
        assert not task.is_raw(other)
    task.preprocessor = None
    assert not task.is_raw(case.examples[0])


def test_only_generators_take_data_sets_of_raw_inputs():
    dataset = tf.data.Dataset.from_tensor_slices(["a"])
    assert NOTE_GENERATOR.make().is_raw(dataset)
    assert not NER_TAGGER.make().is_raw(dataset)


def test_arrays_of_words_are_for_the_preprocessor():
    task = NER_TAGGER.make()
    words = np.array([["Ana", "mora"], ["Sim", ""]])
    assert not task.is_raw(words)
    ids = task.preprocessor.network_inputs([["Ana", "mora"], ["Sim"]])
    expected = task.predict(ids, verbose=0)
    received = task.predict(tf.data.Dataset.from_tensors(words), verbose=0)
    np.testing.assert_allclose(received, expected, rtol=1e-6)


@pytest.mark.representative("ImageCaptioner")
@with_targets
def test_validation_split_holds_out_whole_examples(case):
    inputs, targets = case.examples
    task = case.make()
    history = task.fit(inputs, targets, validation_split=0.5, verbose=0).history
    expected = task.evaluate(inputs[2:], targets[2:], verbose=0, return_dict=True)
    np.testing.assert_allclose(history["val_loss"][-1], expected["loss"], rtol=1e-5)


@with_targets
@pytest.mark.parametrize("share", [1.5, -0.5, 1])
def test_a_validation_split_is_a_share(case, share):
    with pytest.raises(ValueError, match="`validation_split` must lie between 0 and 1"):
        case.make().fit(*case.examples, validation_split=share)


@with_targets
def test_validation_data_may_be_a_list(case):
    task = case.make()
    first, second = (
        task.fit(*case.examples, validation_data=pair, epochs=1, verbose=0).history["val_loss"]
        for pair in (case.examples, list(case.examples))
    )
    assert np.isfinite([first, second]).all()


def test_no_inputs_to_predict():
    with pytest.raises(ValueError, match="There are no inputs: give at least one"):
        NOTE_GENERATOR.make().predict([])


def test_inputs_that_are_their_own_targets_have_no_others():
    task, (inputs,) = NOTE_GENERATOR.make(), NOTE_GENERATOR.examples
    for method in (task.fit, task.evaluate):
        with pytest.raises(ValueError, match="`y` must be None with raw inputs"):
            method(inputs, [1] * len(inputs), verbose=0)


@with_targets
def test_validation_data_have_no_weights(case):
    inputs, targets = case.examples
    message = rf"`validation_data` must be \({', '.join(case.make().raw_names)}\).*a tuple of 3"
    with pytest.raises(ValueError, match=message):
        case.make().fit(inputs, targets, validation_data=(inputs, targets, [1.0] * len(inputs)))


@each_model
def test_metrics_of_ones_own_replace_those_of_the_model(case):
    task = case.make()
    task.compile(weighted_metrics=[])
    assert list(task.evaluate(*case.examples, verbose=0, return_dict=True)) == ["loss"]
