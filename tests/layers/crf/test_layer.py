"""The CRF layer, its loss, metric and decoders, in models that are trained, saved and exported."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers.crf.decoding import ChainMarginals, ViterbiDecoder
from seqzoo.layers.crf.layer import CRF
from seqzoo.layers.crf.training import CRFAccuracy, CRFLoss
from tests.layers.crf.brute_force_chain import brute_force, every_mask, random_chain

TIME, TAGS = 4, 3
MASK = every_mask(TIME)
BATCH = len(MASK)
CHAIN = random_chain(BATCH, TIME, TAGS)
LABELS = np.random.default_rng(5).integers(0, TAGS, (BATCH, TIME))


def make(weights=CHAIN[1:], **arguments):
    layer = CRF(**{"dtype": "float64", **arguments})
    layer.build((None, None, TAGS))
    layer.set_weights(weights)
    return layer


def negative_log_likelihoods(chain=CHAIN, mask=MASK):
    return np.array(
        [
            e.log_partition - e.scores[tuple(labels[e.steps])]
            for e, labels in zip(brute_force(chain, mask), LABELS, strict=True)
        ]
    )


def test_loss_is_the_negative_log_likelihood():
    potentials = make()(CHAIN[0], mask=MASK)
    expected = negative_log_likelihoods()
    for reduction, value in {
        None: expected,
        "sum": expected.sum(),
        "sum_over_batch_size": expected.mean(),
    }.items():
        loss = CRFLoss(reduction=reduction, dtype="float64")
        np.testing.assert_allclose(loss(LABELS, potentials), value, atol=1e-12)
    weights = np.linspace(0, 2, BATCH)
    loss = CRFLoss(reduction="sum", dtype="float64")(LABELS, potentials, weights)
    np.testing.assert_allclose(loss, np.sum(weights * expected), atol=1e-12)


def test_weights_of_steps_are_refused():
    potentials = make()(CHAIN[0])
    with pytest.raises(ValueError, match=r"Argument `sample_weight` must .*\(16, 4\)"):
        CRFLoss()(LABELS, potentials, np.ones((BATCH, TIME)))


def test_without_boundaries():
    layer = make(CHAIN[1:2], use_boundaries=False)
    zeros = np.zeros(TAGS)
    expected = negative_log_likelihoods([*CHAIN[:2], zeros, zeros])
    loss = CRFLoss(reduction=None, dtype="float64")(LABELS, layer(CHAIN[0], mask=MASK))
    np.testing.assert_allclose(loss, expected, atol=1e-12)


def test_new_layer_is_a_softmax_of_every_step():
    probabilities = ChainMarginals()(CRF(dtype="float64")(CHAIN[0]))
    np.testing.assert_allclose(probabilities, tf.nn.softmax(CHAIN[0]), atol=1e-12)


def test_decoders():
    potentials = make()(CHAIN[0], mask=MASK)
    expected = brute_force(CHAIN, MASK)
    np.testing.assert_allclose(
        ChainMarginals()(potentials), [e.marginals() for e in expected], atol=1e-12
    )
    tags = ViterbiDecoder()(potentials).numpy()
    np.testing.assert_array_equal(tags == -1, ~MASK)
    for row, e in enumerate(expected):
        assert tuple(tags[row, e.steps]) == e.best_path()


def test_accuracy_counts_the_steps_that_are_there():
    layer = make()
    potentials = layer(CHAIN[0], mask=MASK)
    right = ViterbiDecoder()(potentials).numpy() == LABELS
    metric = CRFAccuracy()
    for rows in (slice(0, 5), slice(5, None)):  # rows of different lengths
        metric.update_state(LABELS[rows], potentials[rows])
    np.testing.assert_allclose(metric.result(), right[MASK].mean(), rtol=1e-6)
    for weights in (np.arange(BATCH), np.arange(BATCH * TIME).reshape(BATCH, TIME)):
        metric = CRFAccuracy()
        metric.update_state(LABELS, potentials, sample_weight=weights)
        weights = np.broadcast_to(weights.reshape(BATCH, -1), MASK.shape)
        expected = np.average(right[MASK], weights=weights[MASK])
        np.testing.assert_allclose(metric.result(), expected, rtol=1e-6)


def test_accuracy_counts_steps_whatever_their_batch_is_padded_to():
    potentials, tags = np.zeros((2, 6, 3, 3), "float32"), np.zeros((2, 6), int)
    long, short = CRF()(potentials[:, :, :, 0]), CRF()(potentials[:1, :2, :, 0])
    metric = CRFAccuracy()
    metric.update_state(tags, long, sample_weight=[1, 0])
    metric.update_state(tags[:1, :2] + 1, short, sample_weight=[1])
    np.testing.assert_allclose(metric.result(), 6 / 8, rtol=1e-6)


def test_forbidden_tags_are_not_decoded():
    layer = make(forbidden_transitions=[(0, 1), (2, 2)], forbidden_starts=[1], forbidden_ends=[0])
    forbidden = [part.copy() for part in CHAIN]
    forbidden[1][0, 1] = forbidden[1][2, 2] = forbidden[2][1] = forbidden[3][0] = -np.inf
    potentials = layer(CHAIN[0], mask=MASK)
    tags = ViterbiDecoder()(potentials).numpy()
    probabilities = ChainMarginals()(potentials).numpy()
    for row, e in enumerate(brute_force(forbidden, MASK)):
        assert tuple(tags[row, e.steps]) == e.best_path()
        np.testing.assert_allclose(probabilities[row], e.marginals(), atol=1e-6)


@pytest.mark.parametrize(
    "arguments",
    [{"forbidden_transitions": [(0, 3)]}, {"forbidden_starts": [-1]}, {"forbidden_ends": [3]}],
    ids=str,
)
def test_forbidden_tags_that_do_not_exist_are_refused(arguments):
    with pytest.raises(ValueError, match=r"must name tags in \[0, 3\)"):
        make(**arguments)


@pytest.mark.parametrize("shape", [(2, 3), (2, 4, 1), (2, 4, 3, 3)], ids=str)
def test_inputs_of_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"must have the shape \(batch, time, tags\)"):
        CRF()(np.zeros(shape))


@pytest.mark.parametrize("shape", [(BATCH,), (BATCH, TIME + 1), (BATCH, TIME, 1)], ids=str)
def test_masks_of_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"Argument `mask` must have the shape \(batch, time\)"):
        make()(CHAIN[0], mask=np.ones(shape, bool))


def test_config():
    layer = CRF(
        use_boundaries=False,
        transitions_initializer=keras.initializers.RandomNormal(stddev=0.5, seed=1),
        boundaries_initializer="ones",
        transitions_regularizer=keras.regularizers.L2(0.25),
        boundaries_regularizer="l1",
        transitions_constraint="max_norm",
        boundaries_constraint="non_neg",
        forbidden_transitions=np.argwhere(np.eye(3)),
        forbidden_starts=[1],
        forbidden_ends=(0, 2),
    )
    config = layer.get_config()
    assert CRF.from_config(config).get_config() == config
    assert config["forbidden_transitions"] == [[0, 0], [1, 1], [2, 2]]
    assert config["transitions_regularizer"]["config"] == {"l2": 0.25}
    for part in (CRFLoss(reduction="sum", name="a"), CRFAccuracy(name="b"), ViterbiDecoder()):
        config = keras.saving.serialize_keras_object(part)
        again = keras.saving.deserialize_keras_object(config)
        assert keras.saving.serialize_keras_object(again) == config


def test_regularizers_and_constraints_are_applied():
    layer = make(
        transitions_regularizer=keras.regularizers.L2(1.0), boundaries_constraint="non_neg"
    )
    np.testing.assert_allclose(layer.losses, [np.sum(CHAIN[1] ** 2)])
    assert [weight.constraint is None for weight in layer.weights] == [True, False, False]


def tagger(crf, **compilation):
    """Masking, logits and a CRF, compiled."""
    inputs = keras.Input((None, TAGS + 1))
    masked = keras.layers.Masking(mask_value=-1)(inputs)
    outputs = crf(keras.layers.Dense(TAGS)(masked))
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.Adam(0.1), loss=CRFLoss(), metrics=[CRFAccuracy()], **compilation
    )
    return model


def cycles(rows=32, time=6):
    """Tags that go round; the input shows the tag of the first step, then nothing.

    Returns:
        Inputs padded with -1, and tags padded with -1.
    """
    numbers = np.random.default_rng(2)
    lengths = numbers.integers(3, time + 1, rows)
    tags = (numbers.integers(0, TAGS, (rows, 1)) + np.arange(time)) % TAGS
    inputs = np.zeros((rows, time, TAGS + 1), "float32")
    inputs[:, 0, :TAGS] = np.eye(TAGS)[tags[:, 0]]
    inputs[:, :, TAGS] = 1
    padding = np.arange(time) >= lengths[:, None]
    inputs[padding], tags[padding] = -1, -1
    return inputs, tags


@pytest.mark.slow
def test_training_learns_what_emissions_cannot_tell():
    inputs, tags = cycles()
    keras.utils.set_random_seed(0)
    model = tagger(CRF())
    model.fit(inputs, tags, batch_size=32, epochs=50, verbose=0)
    # Alone, the best answer to a step that shows nothing is the most frequent tag there.
    later = tags[:, 1:][tags[:, 1:] >= 0]
    alone = (len(tags) + np.bincount(later).max()) / (len(tags) + len(later))
    assert alone < 0.55
    assert model.evaluate(inputs, tags, verbose=0, return_dict=True)["crf_accuracy"] > 0.98
    decoder = keras.Model(model.input, ViterbiDecoder()(model.output))
    np.testing.assert_array_equal(decoder.predict(inputs, verbose=0) == -1, tags == -1)


def test_padding_does_not_change_the_loss():
    inputs, tags = cycles(rows=6)
    model = tagger(CRF(), run_eagerly=True)  # every row has a length of its own
    model.layers[-1].set_weights(CHAIN[1:])
    padded = model.evaluate(inputs, tags, verbose=0)
    rows = [
        model.evaluate(x[y >= 0][None], y[y >= 0][None], verbose=0)[0]
        for x, y in zip(inputs, tags, strict=True)
    ]
    np.testing.assert_allclose(padded[0], np.mean(rows), rtol=1e-5)


def test_saved_with_its_loss(tmp_path):
    inputs, tags = cycles()
    model = tagger(CRF(forbidden_transitions=[(0, 0)]), run_eagerly=True)
    model.fit(inputs, tags, verbose=0)
    model.save(tmp_path / "tagger.keras")
    again = keras.saving.load_model(tmp_path / "tagger.keras")
    assert isinstance(again.loss, CRFLoss)
    np.testing.assert_array_equal(again(inputs), model(inputs))
    assert again.evaluate(inputs, tags, verbose=0) == model.evaluate(inputs, tags, verbose=0)
    again.fit(inputs, tags, verbose=0)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float32", "float64"])
def test_precision(policy):
    """Potentials are at least float32, and hold the weights as they are."""
    layer = make(dtype=policy)
    emissions = CHAIN[0].astype(layer.compute_dtype)
    potentials = layer(emissions, mask=MASK)
    assert potentials.dtype == ("float64" if policy == "float64" else "float32")
    symbolic = layer(keras.KerasTensor(emissions.shape, layer.compute_dtype))
    assert (symbolic.shape, symbolic.dtype) == (potentials.shape, potentials.dtype.name)
    expected = make()(np.float64(emissions), mask=MASK)
    np.testing.assert_allclose(potentials, expected, rtol=1e-6, atol=1e-6)
    for decoder in (ViterbiDecoder(dtype=policy), ChainMarginals(dtype=policy)):
        np.testing.assert_allclose(decoder(potentials), decoder(expected), atol=1e-6)


def test_mixed_precision_model_trains():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        inputs, tags = cycles()
        model = tagger(CRF())
        losses = model.fit(inputs, tags, epochs=2, verbose=0).history["loss"]
        answers = keras.Model(model.input, ViterbiDecoder()(model.output))(inputs)
    finally:
        keras.config.set_dtype_policy("float32")
    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(answers.numpy() == -1, tags == -1)


def decoding_model():
    inputs = keras.Input((None, TAGS + 1))
    masked = keras.layers.Masking(mask_value=-1)(inputs)
    logits = keras.layers.Dense(TAGS)(masked)
    crf = CRF()
    model = keras.Model(inputs, ViterbiDecoder()(crf(logits)))
    crf.set_weights(CHAIN[1:])
    return model


def test_exported_saved_model(tmp_path):
    inputs, _ = cycles()
    model = decoding_model()
    model.export(tmp_path / "tagger", verbose=False)
    served = tf.saved_model.load(tmp_path / "tagger")
    for x in (inputs[:3], inputs[:, :5]):
        np.testing.assert_array_equal(served.serve(x), model(x))


def test_tflite_with_builtin_operations_only():
    """Batch one, any number of steps, padding and all."""
    model = decoding_model()
    function = tf.function(model, input_signature=[tf.TensorSpec((1, None, TAGS + 1), "float32")])
    # With the model in the place of the function, TFLite files get wrong weights.
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], function
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    numbers = np.random.default_rng(4)
    for time in (6, 1, 11):
        x = numbers.normal(size=(1, time, TAGS + 1)).astype("float32")
        x[:, time // 2 : time // 2 + time // 3] = -1
        (place,) = interpreter.get_input_details()
        interpreter.resize_tensor_input(place["index"], x.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(place["index"], x)
        interpreter.invoke()
        (place,) = interpreter.get_output_details()
        np.testing.assert_array_equal(interpreter.get_tensor(place["index"]), model(x))
