"""Lookbacks: compared with a search through lists of bars."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.export import export_saved_model, export_tflite
from seqzoo.zoo.generation.examples import TokenExamples
from seqzoo.zoo.note_generator import NoteGenerator
from seqzoo.zoo.note_generator.events.vocabulary import vocabulary
from seqzoo.zoo.note_generator.lookback import (
    BARS_OF_PHRASE,
    LookbackCell,
    LookbackEmbedding,
    check_lookback,
)

DISTANCES = (1, 2, 4)
NAMES = list(vocabulary())
IDS = vocabulary()


def ids_of(names):
    return np.array([[IDS[name] for name in names.split()]], "int32")


def random_piece(rng, length):
    """Bars with up to six onsets of one to three notes each."""
    names = [name for name in NAMES if name.split("_")[0] in ("Ensemble", "Key", "Tempo")][:3]
    while len(names) < length:
        names += ["Bar_None", "TimeSig_4/4"]
        for position in sorted(rng.choice(48, rng.integers(0, 7), replace=False)):
            names.append(f"Position_{position}")
            for pitch in rng.integers(40, 80, rng.integers(1, 4)):
                names += [f"Piano_{pitch}", "Duration_1.0.12"]
    return [IDS[name] for name in names[:length]]


def searched(token_ids):
    """Lookbacks, repeats and bars of a piece, by searching the list of its bars."""
    bars, position, since, begun = [[]], 0, 0, 0
    lookbacks, repeats, numbers = [], [], []
    before = [0] * len(DISTANCES)
    for token_id in token_ids:
        name = NAMES[token_id]
        since += 1
        if name == "Bar_None":
            bars.append([])
            position, since, begun = 0, 0, begun + 1
        elif name.startswith("Position_"):
            position, since = 1 + int(name.removeprefix("Position_")), 0
        bars[-1].append((token_id, position))
        found = []
        for distance in DISTANCES:
            earlier = bars[-1 - distance] if distance < len(bars) else []
            place = sum(p < position for _, p in earlier) + 1 + since
            following = [token for token, _ in earlier] + [IDS["Bar_None"]]
            found.append(following[min(place, len(earlier))] if earlier else 0)
        lookbacks.append(found)
        repeats.append([int(token_id == last) for last in before])
        numbers.append(begun % BARS_OF_PHRASE)
        before = found
    return np.array(lookbacks), np.array(repeats), np.array(numbers)


@pytest.fixture(scope="module")
def look_back():
    return keras.layers.RNN(
        LookbackCell(DISTANCES), return_sequences=True, return_state=True, dtype="float32"
    )


def found_by(look_back, token_ids, mask=None, state=None):
    # Step by step outside a graph, every operation would take its time.
    run = tf.function(look_back, autograph=False)
    outputs, state = run(token_ids[..., None], mask=mask, initial_state=state)
    return np.asarray(outputs), state


def test_lookbacks_are_those_of_a_search(look_back):
    rng = np.random.default_rng(3)
    pieces = np.array([random_piece(rng, 260) for _ in range(3)], "int32")
    outputs, _ = found_by(look_back, pieces)
    for piece, row in zip(pieces, outputs, strict=True):
        lookbacks, repeats, bars = searched(piece)
        # Otherwise nothing would be compared.
        assert len(set(lookbacks.ravel())) > 50
        assert repeats.any()
        np.testing.assert_array_equal(row[:, :3], lookbacks)
        np.testing.assert_array_equal(row[:, 3:6], repeats)
        np.testing.assert_array_equal(row[:, 6], bars)


def test_a_bar_that_returns_is_looked_back_at_event_by_event(look_back):
    bar = ids_of(
        "Bar_None TimeSig_3/4 Position_0 Piano_60 Duration_1.0.12 Piano_64 Duration_1.0.12 "
        "Position_24 Piano_67 Duration_1.0.12"
    )
    outputs, _ = found_by(look_back, np.tile(bar, (1, 3)))
    size = bar.shape[1]
    # From the second bar on, the event one bar before is the next one; the end is another bar.
    np.testing.assert_array_equal(outputs[0, size : 2 * size, 0], [*bar[0, 1:], IDS["Bar_None"]])
    np.testing.assert_array_equal(outputs[0, size + 1 : 3 * size, 3], 1)
    np.testing.assert_array_equal(outputs[0, : 2 * size, 1], 0)


def test_a_missing_position_is_that_of_the_next_onset(look_back):
    piece = ids_of(
        "Bar_None TimeSig_4/4 Position_0 Piano_60 Duration_1.0.12 Position_24 Piano_72 "
        "Duration_2.0.12 Bar_None TimeSig_4/4 Position_12 Piano_62"
    )
    outputs, _ = found_by(look_back, piece)
    names = [NAMES[int(token)] for token in outputs[0, -2:, 0]]
    assert names == ["Piano_72", "Duration_2.0.12"]


def test_a_long_bar_is_remembered_as_far_as_the_memory_reaches(look_back):
    long_bar = ids_of("Bar_None TimeSig_4/4 Position_0 " + "Piano_60 Duration_1.0.12 " * 80)
    outputs, _ = found_by(look_back, np.tile(long_bar, (1, 2)))
    found = outputs[0, long_bar.shape[1] :, 0]
    np.testing.assert_array_equal(found[:95], long_bar[0, 1:96])
    assert not found[95:].any()


def test_padding_is_not_read_and_states_go_on(look_back):
    piece = np.array([random_piece(np.random.default_rng(8), 120)], "int32")
    whole, end = found_by(look_back, piece)
    padded = np.insert(piece, [50, 50, 50], IDS["Bar_None"], axis=1)
    mask = np.ones_like(padded, bool)
    mask[:, 50:53] = False
    first, state = found_by(look_back, padded[:, :60], mask[:, :60])
    second, state = found_by(look_back, padded[:, 60:], mask[:, 60:], state)
    together = np.concatenate([first, second], axis=1)[mask]
    np.testing.assert_array_equal(together, whole[0])
    np.testing.assert_array_equal(state, end)


def test_a_state_of_any_numbers_gives_known_events(look_back):
    rng = np.random.default_rng(0)
    state = rng.normal(0, 1e4, (len(NAMES), look_back.cell.state_size)).astype("float32")
    outputs, _ = found_by(look_back, np.arange(len(NAMES), dtype="int32")[:, None], state=state)
    assert outputs[..., :3].min() >= 0
    assert outputs[..., :3].max() < len(NAMES)


def test_the_embedding_knows_every_event_in_low_precision():
    """bfloat16 has eight bits, too few for the ids."""
    layer = LookbackEmbedding(len(NAMES), 4, dtype="mixed_bfloat16")
    found = np.zeros((len(NAMES), 3), "float32")
    found[:, 0] = np.arange(len(NAMES))
    embedded = np.asarray(keras.ops.cast(layer(found), "float32"))
    assert len(np.unique(embedded, axis=0)) == len(NAMES)


@pytest.mark.parametrize(
    "bars", [(0,), (9,), (2, 1), (1, 1), (1.0,), ("1",), (True,), 4, "12", None]
)
def test_other_distances_are_refused(bars):
    with pytest.raises(ValueError, match="ascending distances from 1 to 8"):
        check_lookback(bars)


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(5)
    return NoteGenerator.from_examples(embedding_dim=8, units=12, lookback=(1, 2))


@pytest.fixture(scope="module")
def token_ids(generator):
    return TokenExamples(generator).sequences([60, 45])


def test_the_network_reads_whole_or_in_parts_or_step_by_step(generator, token_ids):
    backbone = generator.backbone
    whole = np.asarray(backbone({"token_ids": token_ids, "padding_mask": token_ids > 0}))
    states = backbone.initial_states(2)
    first, states = backbone.run(token_ids[:, :25], token_ids[:, :25] > 0, states)
    second, _ = backbone.run(token_ids[:, 25:], token_ids[:, 25:] > 0, states)
    # The same sums in another order.
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-6)
    states, stepped = backbone.initial_states(1), []
    for token_id in token_ids[0]:
        output, states = backbone.step(token_id[None], states)
        stepped.append(output)
    np.testing.assert_allclose(np.stack(stepped, axis=1), whole[:1], atol=1e-6)


def test_the_lookbacks_are_heard(generator, token_ids):
    """Of two pieces that differ in an event two bars before."""
    bar = ids_of("Bar_None TimeSig_4/4 Position_0 Piano_60 Duration_1.0.12")
    other = ids_of("Bar_None TimeSig_4/4 Position_0 Piano_67 Duration_1.0.12")
    pieces = [np.concatenate([start, bar, bar], axis=1) for start in (bar, other)]
    layer = generator.backbone.look_back
    found = [np.asarray(layer(piece[..., None])[0])[0, -3] for piece in pieces]
    assert [NAMES[int(lookback)] for lookback in found[0][:2]] == ["Piano_60", "Piano_60"]
    assert [NAMES[int(lookback)] for lookback in found[1][:2]] == ["Piano_60", "Piano_67"]


def test_a_preset_holds_the_lookbacks(generator, token_ids, tmp_path):
    generator.save_to_preset(tmp_path / "preset")
    again = NoteGenerator.from_preset(tmp_path / "preset")
    assert again.backbone.lookback == (1, 2)
    arrays = {"token_ids": token_ids, "padding_mask": token_ids > 0}
    np.testing.assert_array_equal(again(arrays), generator(arrays))


def test_lookbacks_need_the_events():
    with pytest.raises(ValueError, match=r"483 events.*vocabulary_size=9"):
        NoteGenerator.backbone_cls(9, embedding_dim=4, units=4, lookback=(1,))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("export", "name"), [(export_saved_model, "model"), (export_tflite, "model.tflite")]
)
def test_every_runtime_looks_back(generator, tmp_path, export, name):
    """An export raises an error if its answers are not those of Keras."""
    exported = export(generator, tmp_path / name)
    compared = {each.signature for each in exported.report.comparisons}
    assert {"generate", "score", "step"} <= compared
