"""What the task of every model must do, from the first fit to a preset in another process."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.contracts.model_cases import MODEL_CASES, NOTE_GENERATOR, each_model

# The other models are trained, exported, and read from their presets by their own tests too.
each_model_slowly = pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[] if case is NOTE_GENERATOR else pytest.mark.slow)
        for case in MODEL_CASES
    ],
    ids=repr,
)


@pytest.fixture(autouse=True)
def _seed():
    keras.utils.set_random_seed(3)


@each_model_slowly
def test_fit_lowers_the_loss_on_raw_inputs(case):
    task = case.make()
    before = task.evaluate(*case.examples, verbose=0, return_dict=True)
    held_out = tuple(part[:1] for part in case.examples)
    history = task.fit(
        *case.examples,
        epochs=12,
        batch_size=4,
        validation_data=held_out if len(held_out) > 1 else held_out[0],
        verbose=0,
    ).history
    after = task.evaluate(*case.examples, verbose=0, return_dict=True)
    assert after["loss"] < before["loss"] - 0.5
    expected = task.evaluate(*held_out, verbose=0, return_dict=True)["loss"]
    np.testing.assert_allclose(history["val_loss"][-1], expected, rtol=1e-5)


@pytest.mark.slow
@each_model_slowly
def test_preset_gives_the_same_numbers_in_a_new_process(case, tmp_path):
    task = case.make()
    task.fit(*case.examples, verbose=0)
    expected = np.concatenate(case.answers(task, case.examples[0]))
    task.save_to_preset(tmp_path / "preset")
    script = (
        "import numpy as np, sys\n"
        "from seqzoo import zoo\n"
        "from tests.contracts.model_cases import MODEL_CASES\n"
        f"case = next(c for c in MODEL_CASES if c.name == {case.name!r})\n"
        f"task = getattr(zoo, case.name).from_preset({str(tmp_path / 'preset')!r})\n"
        "answers = np.concatenate(case.answers(task, case.examples[0]))\n"
        f"np.save({str(tmp_path / 'out.npy')!r}, answers)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), expected)


@each_model
def test_saving_a_preset_twice_replaces_it_and_leaves_nothing_else(untrained, tmp_path):
    for _ in range(2):
        untrained.save_to_preset(tmp_path / "preset")
    assert [path.name for path in tmp_path.iterdir()] == ["preset"]


@each_model
def test_config_round_trip(untrained):
    """Of the network: a vocabulary may be a file of the preset, which a configuration lacks."""
    copy = type(untrained).from_config(untrained.get_config())
    copy.set_weights(untrained.get_weights())
    copied = copy.tflite_signatures()
    for name, signature in untrained.tflite_signatures().items():
        example = signature.examples[0]
        expected, answer = signature.function(**example), copied[name].function(**example)
        assert answer.keys() == expected.keys()
        for output in expected:
            np.testing.assert_array_equal(answer[output], expected[output], output)


@pytest.mark.slow
@each_model
def test_the_least_inputs(case):
    task = case.make()
    for examples in case.small:
        assert np.isfinite(np.concatenate(case.answers(task, examples[0]))).all()
        assert np.isfinite(task.evaluate(*examples, verbose=0)).all()
        losses = task.fit(*examples, verbose=0).history["loss"]
        assert np.isfinite(losses).all()


@pytest.mark.representative("NoteGenerator", "ImageCaptioner")
@each_model
def test_an_input_is_answered_the_same_alone_and_beside_longer_ones(case, untrained):
    inputs = case.examples[0]
    for raw_input, together in zip(inputs, case.answers(untrained, inputs), strict=True):
        (alone,) = case.answers(untrained, [raw_input])
        np.testing.assert_allclose(alone, together, rtol=1e-5)


@each_model
def test_wrong_inputs_name_themselves(case, untrained):
    for method, arguments, message in case.wrong:
        with pytest.raises((ValueError, TypeError), match=message):
            getattr(untrained, method)(*arguments)


@each_model
def test_class_weights_are_refused_as_targets_are_sequences(case, untrained):
    for method in (untrained.fit, untrained.train_on_batch):
        with pytest.raises(ValueError, match=r"`class_weight` must be None.*`sample_weight`"):
            method(*case.examples, class_weight={0: 2.0})


@pytest.mark.slow
@each_model_slowly
def test_examples_of_the_signatures_fit_them(untrained):
    for signature in [*untrained.signatures().values(), *untrained.tflite_signatures().values()]:
        compiled = tf.function(signature.function, input_signature=[*signature.inputs.values()])
        for example in signature.examples:
            assert example.keys() == signature.inputs.keys()
            outputs = map(np.asarray, compiled(**example).values())
            assert all(np.isfinite(value).all() for value in outputs if value.dtype.kind in "fi")


@pytest.mark.representative("NoteGenerator")
@each_model
def test_mixed_precision(case):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        task = case.make()
    finally:
        keras.config.set_dtype_policy("float32")
    assert task.backbone.compute_dtype == "bfloat16"
    before = task.get_weights()
    losses = task.fit(*case.examples, epochs=2, verbose=0).history["loss"]
    assert losses[1] < losses[0]
    assert any(np.any(new != old) for new, old in zip(task.get_weights(), before, strict=True))
    assert np.isfinite(np.concatenate(case.answers(task, case.examples[0]))).all()
