"""What every model of the zoo must do, from the first fit to a preset in another process."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from tests.contracts.model_cases import MODEL_CASES

pytestmark = pytest.mark.parametrize("case", MODEL_CASES, ids=repr)


@pytest.fixture(autouse=True)
def _seed():
    keras.utils.set_random_seed(3)


def test_fit_lowers_the_loss_on_raw_inputs(case):
    task = case.make()
    before = task.evaluate(case.samples, verbose=0, return_dict=True)
    history = task.fit(
        case.samples, epochs=12, batch_size=4, validation_data=case.samples[:1], verbose=0
    ).history
    after = task.evaluate(case.samples, verbose=0, return_dict=True)
    assert after["loss"] < before["loss"] - 0.5
    assert "val_loss" in history


def test_the_metric_counts_every_target_once_and_no_padding(case):
    task = case.make()
    metrics = task.evaluate(case.samples, batch_size=2, verbose=0, return_dict=True)
    windows = list(task.preprocessor.windows(case.samples))
    x = {key: np.stack([w[0][key] for w in windows]) for key in windows[0][0]}
    y, weight = np.stack([w[1] for w in windows]), np.stack([w[2] for w in windows])
    log_probabilities = keras.ops.log_softmax(task(x))
    chosen = np.take_along_axis(np.asarray(log_probabilities), y[..., None], axis=-1)[..., 0]
    np.testing.assert_allclose(
        metrics["nats_per_token"], -np.sum(chosen * weight) / np.sum(weight), rtol=1e-5
    )


def test_preset_gives_the_same_numbers_in_a_new_process(case, tmp_path):
    task = case.make()
    task.fit(case.samples, verbose=0)
    expected = task.predict(case.samples, verbose=0)
    task.save_to_preset(tmp_path / "preset")
    script = (
        "import numpy as np, sys\n"
        "from seqzoo import zoo\n"
        "from tests.contracts.model_cases import MODEL_CASES\n"
        f"case = next(c for c in MODEL_CASES if c.name == {case.name!r})\n"
        f"task = getattr(zoo, case.name).from_preset({str(tmp_path / 'preset')!r})\n"
        f"np.save({str(tmp_path / 'out.npy')!r}, task.predict(case.samples, verbose=0))\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), expected)


def test_saving_a_preset_twice_replaces_it_and_leaves_nothing_else(case, tmp_path):
    task = case.make()
    for _ in range(2):
        task.save_to_preset(tmp_path / "preset")
    assert [path.name for path in tmp_path.iterdir()] == ["preset"]


def test_config_round_trip(case):
    task = case.make()
    copy = type(task).from_config(task.get_config())
    copy.set_weights(task.get_weights())
    np.testing.assert_array_equal(
        copy.predict(case.samples, verbose=0), task.predict(case.samples, verbose=0)
    )


def test_smallest_and_empty_inputs(case):
    task = case.make()
    for sample in (case.smallest, case.empty):
        scores = task.score([sample])
        assert scores["length"][0] >= 1
        assert np.isfinite(scores["log_probability"]).all()
        assert np.isfinite(task.predict([sample], verbose=0)).all()
        assert np.isfinite(task.evaluate([sample], verbose=0)).all()


def test_a_sample_scores_the_same_alone_and_beside_longer_ones(case):
    task = case.make()
    together = task.score(case.samples)["log_probability"]
    alone = [task.score([sample])["log_probability"][0] for sample in case.samples]
    np.testing.assert_allclose(alone, together, rtol=1e-5)


def test_no_inputs_at_all_are_refused(case):
    task = case.make()
    for use in (task.fit, task.evaluate, task.score):
        with pytest.raises(ValueError, match="at least one"):
            use([])


def test_wrong_inputs_name_themselves(case):
    task = case.make()
    for wrong, message in case.wrong:
        for use in (task.fit, task.evaluate, task.predict, task.score, task.generate):
            with pytest.raises((ValueError, TypeError), match=message):
                use([wrong])


def test_examples_of_the_signatures_fit_them(case):
    for signature in case.make().signatures().values():
        for example in signature.examples:
            assert example.keys() == signature.inputs.keys()
            outputs = signature.function(**example)
            assert all(np.isfinite(np.asarray(value)).all() for value in outputs.values())
