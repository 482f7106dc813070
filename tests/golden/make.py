"""Writes the golden files: a model of every layer, with inputs and what it makes of them.

    python -m tests.golden.make

writes those that are missing, and with `--overwrite NAME` one again. A golden file is what some
user has on disk: later versions must load it and give the same numbers. So write one again only
when its layer was wrong, and say so in the changelog; a change of format gets a new file beside
the old one.
"""

import argparse
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from seqzoo.layers import (
    GRU,
    LIF,
    LSTM,
    Bidirectional,
    GRUCell,
    LayerNormLSTM,
    LSTMCell,
    PeepholeLSTM,
    SimpleRNN,
    StackedRNN,
)
from seqzoo.layers.crf.decoding import ChainMarginals, ViterbiDecoder
from seqzoo.layers.crf.layer import CRF
from seqzoo.layers.crf.training import CRFAccuracy, CRFLoss
from seqzoo.layers.encoder_decoder import EncoderDecoder
from seqzoo.layers.one_to_many import OneToMany
from seqzoo.layers.state_bridge import StateBridge
from tests.contracts.layer_cases import BATCH, FEATURES, TIME, UNITS, random

FOLDER = Path(__file__).parent

SEQUENCE, OTHER_SEQUENCE, VECTOR = (TIME, FEATURES), (TIME + 2, FEATURES), (FEATURES,)
EVERYTHING = {"return_sequences": True, "return_state": True}


@dataclass(frozen=True)
class Golden:
    """What a golden file holds.

    Attributes:
        call: Makes the layer and calls it with a Keras tensor, or a list of them.
        shapes: The shapes of the inputs, without the batch.
        compile: The arguments of `compile`, if there are any.
    """

    call: Callable
    shapes: tuple = (SEQUENCE,)
    compile: Callable = dict

    def model(self):
        """The model, with distinct random weights. The second row's last two steps are masked."""
        inputs = [keras.Input((None, *s[1:]) if len(s) > 1 else s) for s in self.shapes]
        masked = [keras.layers.Masking()(x) if len(x.shape) > 2 else x for x in inputs]
        model = keras.Model(inputs, self.call(masked[0] if len(masked) == 1 else masked))
        model.set_weights([random(*w.shape, seed=n) for n, w in enumerate(model.get_weights())])
        if self.compile():
            model.compile(**self.compile())
            model.optimizer.build(model.trainable_variables)
        return model

    def inputs(self):
        """Values for the inputs."""
        values = [random(BATCH, *shape, seed=70 + n) for n, shape in enumerate(self.shapes)]
        for value in values:
            if value.ndim > 2:
                value[1, -2:] = 0
        return values


# The part of a name before the first "-" is that of the layer's class.
GOLDEN = {
    "SimpleRNN": Golden(lambda x: SimpleRNN(UNITS, **EVERYTHING)(x)),
    "LSTM": Golden(lambda x: LSTM(UNITS, **EVERYTHING)(x)),
    "PeepholeLSTM": Golden(lambda x: PeepholeLSTM(UNITS, **EVERYTHING)(x)),
    "LayerNormLSTM": Golden(lambda x: LayerNormLSTM(UNITS, **EVERYTHING)(x)),
    "GRU-reset-after": Golden(lambda x: GRU(UNITS, form="reset_after", **EVERYTHING)(x)),
    "GRU-cho": Golden(lambda x: GRU(UNITS, form="cho", **EVERYTHING)(x)),
    "GRU-chung": Golden(lambda x: GRU(UNITS, form="chung", **EVERYTHING)(x)),
    "LIF-subtract": Golden(lambda x: LIF(UNITS, learn_decay=True, **EVERYTHING)(x)),
    "LIF-zero": Golden(lambda x: LIF(UNITS, reset="zero", recurrent=False, **EVERYTHING)(x)),
    "Bidirectional": Golden(lambda x: Bidirectional(LSTM(UNITS, **EVERYTHING))(x)),
    "Bidirectional-two-layers": Golden(
        lambda x: Bidirectional(
            GRU(UNITS, return_sequences=True),
            merge_mode="sum",
            backward_layer=SimpleRNN(UNITS, return_sequences=True, go_backwards=True),
        )(x)
    ),
    "StackedRNN": Golden(
        lambda x: StackedRNN(
            [LSTMCell(UNITS), PeepholeLSTM(UNITS), GRUCell(UNITS)],
            residual=True,
            layer_norm=True,
            **EVERYTHING,
        )(x)
    ),
    "StateBridge": Golden(lambda x: StateBridge(((UNITS, 2), UNITS))(x), (VECTOR,)),
    "EncoderDecoder": Golden(
        lambda x: EncoderDecoder(
            LSTM(UNITS, return_state=True), PeepholeLSTM(UNITS, **EVERYTHING), bridge="none"
        )(x),
        (OTHER_SEQUENCE, SEQUENCE),
    ),
    "EncoderDecoder-bridge": Golden(
        lambda x: EncoderDecoder(
            Bidirectional(GRU(2, return_state=True)), LSTM(UNITS, **EVERYTHING)
        )(x),
        (OTHER_SEQUENCE, SEQUENCE),
    ),
    "OneToMany-initial-state": Golden(
        lambda x: OneToMany(LSTM(UNITS, **EVERYTHING), inject="initial_state")(x),
        (VECTOR, SEQUENCE),
    ),
    "OneToMany-first-input": Golden(
        lambda x: OneToMany(GRU(UNITS, **EVERYTHING), inject="first_input")(x),
        (VECTOR, SEQUENCE),
    ),
    "CRF": Golden(
        lambda x: CRF(forbidden_transitions=[(0, 2)], forbidden_starts=[2], forbidden_ends=[1])(x),
        compile=lambda: {"loss": CRFLoss(), "metrics": [CRFAccuracy()]},
    ),
    "ViterbiDecoder": Golden(lambda x: ViterbiDecoder()(CRF(use_boundaries=False)(x))),
    "ChainMarginals": Golden(lambda x: ChainMarginals()(CRF()(x))),
}


def write(name):
    """Writes `<name>.keras`, and `<name>.npz` with the inputs and outputs."""
    golden = GOLDEN[name]
    # Automatic names start again, so that they do not depend on what was written before.
    keras.utils.clear_session()
    # Rounding then differs by 1e-16 from machine to machine, not by 1e-7.
    keras.config.set_dtype_policy("float64")
    model, inputs = golden.model(), golden.inputs()
    outputs = keras.tree.flatten(model(inputs))
    model.save(FOLDER / f"{name}.keras")
    compress(FOLDER / f"{name}.keras")
    np.savez(
        FOLDER / f"{name}.npz",
        **{f"input_{n}": value for n, value in enumerate(inputs)},
        **{f"output_{n}": np.asarray(value) for n, value in enumerate(outputs)},
    )


def compress(file):
    """Compresses a `.keras` file, most of which is the empty space of its HDF5 file."""
    with zipfile.ZipFile(file) as archive:
        contents = {entry: archive.read(entry) for entry in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in contents.items():
            archive.writestr(entry, content)


def main():
    """Writes the files that are missing, and those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--overwrite", nargs="+", default=[], choices=GOLDEN, metavar="NAME")
    overwrite = parser.parse_args().overwrite
    for name in GOLDEN:
        if name in overwrite or not (FOLDER / f"{name}.keras").exists():
            write(name)
            print(f"wrote {name}")


if __name__ == "__main__":
    main()
