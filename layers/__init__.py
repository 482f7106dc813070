"""Recurrent layers: drop-in replacements for Keras's layers, and layers that Keras lacks.

A cell holds the equations of one time step and is the readable reference; a layer runs a cell
over time. Where Keras has the layer, arguments, weight layout and behaviour are the same.
"""

import seqzoo.core.backend  # noqa: F401 before Keras is imported
from seqzoo.layers.bidirectional import Bidirectional
from seqzoo.layers.crf.decoding import ChainMarginals, ViterbiDecoder
from seqzoo.layers.crf.layer import CRF
from seqzoo.layers.crf.training import CRFAccuracy, CRFLoss
from seqzoo.layers.encoder_decoder import EncoderDecoder
from seqzoo.layers.gru import GRU, GRUCell, convert_gru_weights
from seqzoo.layers.initializers import chrono_gru, chrono_lstm, irnn, orthogonal
from seqzoo.layers.keras_files import load_keras_model
from seqzoo.layers.layer_norm_lstm import LayerNormLSTM, LayerNormLSTMCell
from seqzoo.layers.lif import LIF, LIFCell
from seqzoo.layers.lstm import LSTM, LSTMCell
from seqzoo.layers.one_to_many import OneToMany
from seqzoo.layers.peephole_lstm import PeepholeLSTM, PeepholeLSTMCell
from seqzoo.layers.recurrent import Recurrent
from seqzoo.layers.recurrent_cell import RecurrentCell
from seqzoo.layers.simple_rnn import SimpleRNN, SimpleRNNCell
from seqzoo.layers.stacked_rnn import StackedRNN
from seqzoo.layers.state_bridge import StateBridge, state_sizes

__all__ = [
    "CRF",
    "GRU",
    "LIF",
    "LSTM",
    "Bidirectional",
    "CRFAccuracy",
    "CRFLoss",
    "ChainMarginals",
    "EncoderDecoder",
    "GRUCell",
    "LIFCell",
    "LSTMCell",
    "LayerNormLSTM",
    "LayerNormLSTMCell",
    "OneToMany",
    "PeepholeLSTM",
    "PeepholeLSTMCell",
    "Recurrent",
    "RecurrentCell",
    "SimpleRNN",
    "SimpleRNNCell",
    "StackedRNN",
    "StateBridge",
    "ViterbiDecoder",
    "chrono_gru",
    "chrono_lstm",
    "convert_gru_weights",
    "irnn",
    "load_keras_model",
    "orthogonal",
    "state_sizes",
]
