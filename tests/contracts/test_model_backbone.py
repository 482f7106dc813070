"""What the backbone of every model must do; as keras-hub's `run_backbone_test`."""

import keras
import numpy as np
import pytest

from tests.contracts.model_cases import each_model

pytestmark = each_model


@pytest.fixture
def backbone(untrained):
    return untrained.backbone


@pytest.fixture
def arrays(case, untrained):
    return case.arrays(untrained.preprocessor, *case.examples)


def outputs(backbone, arrays):
    return np.asarray(keras.ops.convert_to_numpy(backbone(arrays)), "float32")


def test_outputs_have_the_promised_shape_and_are_numbers(backbone, arrays):
    features = outputs(backbone, arrays)
    assert np.isfinite(features).all()
    sizes = zip(features.shape, backbone.output_shape, strict=True)
    assert all(fixed in (None, size) for size, fixed in sizes)
    # Of rows that differ, or nothing would be seen below.
    assert np.ptp(features, axis=0).max() > 1e-3


def test_a_row_does_not_depend_on_its_batch(backbone, arrays):
    together = outputs(backbone, arrays)
    alone = outputs(backbone, {name: array[1:2] for name, array in arrays.items()})
    np.testing.assert_allclose(alone, together[1:2], rtol=1e-4, atol=1e-5)


def test_a_configuration_makes_the_same_network(backbone, arrays):
    copy = type(backbone).from_config(backbone.get_config())
    copy.set_weights(backbone.get_weights())
    np.testing.assert_array_equal(outputs(copy, arrays), outputs(backbone, arrays))


def test_a_file_and_a_preset_hold_the_network(backbone, arrays, tmp_path):
    backbone.save(tmp_path / "backbone.keras")
    backbone.save_to_preset(tmp_path / "preset")
    from_file = keras.saving.load_model(tmp_path / "backbone.keras")
    from_preset = type(backbone).from_preset(str(tmp_path / "preset"))
    for copy in (from_file, from_preset):
        np.testing.assert_array_equal(outputs(copy, arrays), outputs(backbone, arrays))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "float16"])
def test_other_precisions_are_near(backbone, arrays, policy):
    """bfloat16 has 8 bits of a number, float16 has 11; a few layers add up what they round."""
    copy = type(backbone).from_config({**backbone.get_config(), "dtype": policy})
    copy.set_weights(backbone.get_weights())
    features = copy(arrays)
    assert keras.backend.standardize_dtype(features.dtype) == copy.compute_dtype
    np.testing.assert_allclose(
        outputs(copy, arrays), outputs(backbone, arrays), atol=0.15, err_msg=policy
    )
