"""Recurrent layers: drop-ins for Keras's own, and the ones that Keras lacks.

A cell holds the equations of one time step and is the readable reference; a layer runs a cell
over time. Arguments, weight layout and behaviour are Keras's own wherever Keras has the layer.
"""

from seqzoo.layers.bidirectional import Bidirectional
from seqzoo.layers.gru import GRU, GRUCell
from seqzoo.layers.lstm import LSTM, LSTMCell
from seqzoo.layers.peephole_lstm import PeepholeLSTM, PeepholeLSTMCell
from seqzoo.layers.recurrent import Recurrent
from seqzoo.layers.recurrent_cell import RecurrentCell
from seqzoo.layers.simple_rnn import SimpleRNN, SimpleRNNCell

__all__ = [
    "GRU",
    "LSTM",
    "Bidirectional",
    "GRUCell",
    "LSTMCell",
    "PeepholeLSTM",
    "PeepholeLSTMCell",
    "Recurrent",
    "RecurrentCell",
    "SimpleRNN",
    "SimpleRNNCell",
]
