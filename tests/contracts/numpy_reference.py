"""The papers' equations in plain NumPy, in float64: what the layers are measured against.

Nothing here comes from the layers. A step takes the weights, the input x[t] and the states of
t-1, and gives the output and the states of t. Only the layout of the weights is Keras's: the
gates stand side by side along the last axis, in the order in which a step unpacks them.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def elman(weights, x, states):
    """Elman (1990), Finding Structure in Time."""
    W, R, b = weights
    (h,) = states
    h = np.tanh(x @ W + h @ R + b)
    return h, [h]


def lstm(weights, x, states):
    """Gers, Schmidhuber & Cummins (2000), Learning to Forget: an LSTM without peepholes."""
    W, R, b = weights
    h, c = states
    W_i, W_f, W_g, W_o = np.split(W, 4, axis=1)
    R_i, R_f, R_g, R_o = np.split(R, 4, axis=1)
    b_i, b_f, b_g, b_o = np.split(b, 4)
    i = sigmoid(x @ W_i + h @ R_i + b_i)
    f = sigmoid(x @ W_f + h @ R_f + b_f)
    g = np.tanh(x @ W_g + h @ R_g + b_g)
    o = sigmoid(x @ W_o + h @ R_o + b_o)
    c = f * c + i * g
    h = o * np.tanh(c)
    return h, [h, c]


def peephole_lstm(weights, x, states):
    """Gers & Schmidhuber (2000), Recurrent Nets that Time and Count."""
    W, R, b, (p_i, p_f, p_o) = weights
    h_before, c_before = states
    W_i, W_f, W_g, W_o = np.split(W, 4, axis=1)
    R_i, R_f, R_g, R_o = np.split(R, 4, axis=1)
    b_i, b_f, b_g, b_o = np.split(b, 4)
    i = sigmoid(x @ W_i + h_before @ R_i + p_i * c_before + b_i)
    f = sigmoid(x @ W_f + h_before @ R_f + p_f * c_before + b_f)
    g = np.tanh(x @ W_g + h_before @ R_g + b_g)
    c = f * c_before + i * g
    o = sigmoid(x @ W_o + h_before @ R_o + p_o * c + b_o)
    h = o * np.tanh(c)
    return h, [h, c]


def normalize(a):
    """Layer normalization of rows; 1e-3 is the default `epsilon` of the layer."""
    mean = a.mean(axis=1, keepdims=True)
    variance = np.square(a - mean).mean(axis=1, keepdims=True)
    return (a - mean) / np.sqrt(variance + 1e-3)


def layer_norm_lstm(weights, x, states):
    """Ba, Kiros & Hinton (2016), Layer Normalization, (20) to (22)."""
    W, R, b, gamma_x, gamma_h, gamma_c, beta_c = weights
    h, c = states
    gates = gamma_x * normalize(x @ W) + gamma_h * normalize(h @ R) + b
    i, f, g, o = np.split(gates, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(gamma_c * normalize(c) + beta_c)
    return h, [h, c]


def lif_subtract(weights, x, states, decay=0.9, threshold=1.0):
    """Neftci, Mostafa & Zenke (2019), Surrogate Gradient Learning: the reset by subtraction."""
    W, R, b = weights
    s, v = states
    v = decay * v - threshold * s + x @ W + s @ R + b
    s = np.where(v > threshold, 1.0, 0.0)
    return s, [s, v]


def lif_zero(weights, x, states, decay=0.9, threshold=1.0):
    """The same with the reset to zero."""
    W, R, b = weights
    s, v = states
    v = decay * v * (1 - s) + x @ W + s @ R + b
    s = np.where(v > threshold, 1.0, 0.0)
    return s, [s, v]


def gru_reset_before(weights, x, states):
    """Cho et al. (2014), Learning Phrase Representations using RNN Encoder-Decoder, (5) to (8)."""
    W, R, b = weights
    (h,) = states
    W_z, W_r, W_g = np.split(W, 3, axis=1)
    R_z, R_r, R_g = np.split(R, 3, axis=1)
    b_z, b_r, b_g = np.split(b, 3)
    z = sigmoid(x @ W_z + h @ R_z + b_z)
    r = sigmoid(x @ W_r + h @ R_r + b_r)
    g = np.tanh(x @ W_g + (r * h) @ R_g + b_g)
    h = z * h + (1 - z) * g
    return h, [h]


def gru_chung(weights, x, states):
    """Chung et al. (2014), Empirical Evaluation of Gated Recurrent Neural Networks, (6) to (8).

    The update gate is the share of the candidate that is written.
    """
    W, R, b = weights
    (h,) = states
    W_z, W_r, W_g = np.split(W, 3, axis=1)
    R_z, R_r, R_g = np.split(R, 3, axis=1)
    b_z, b_r, b_g = np.split(b, 3)
    z = sigmoid(x @ W_z + h @ R_z + b_z)
    r = sigmoid(x @ W_r + h @ R_r + b_r)
    g = np.tanh(x @ W_g + (r * h) @ R_g + b_g)
    h = (1 - z) * h + z * g
    return h, [h]


def gru_reset_after(weights, x, states):
    """The form of cuDNN: the reset gate scales the product, which has a bias of its own."""
    W, R, (b, q) = weights
    (h,) = states
    W_z, W_r, W_g = np.split(W, 3, axis=1)
    R_z, R_r, R_g = np.split(R, 3, axis=1)
    b_z, b_r, b_g = np.split(b, 3)
    q_z, q_r, q_g = np.split(q, 3)
    z = sigmoid(x @ W_z + b_z + h @ R_z + q_z)
    r = sigmoid(x @ W_r + b_r + h @ R_r + q_r)
    g = np.tanh(x @ W_g + b_g + r * (h @ R_g + q_g))
    h = z * h + (1 - z) * g
    return h, [h]


def run(step, weights, x, states):
    """A step over all of x `(batch, time, features)`: all outputs, and the final states."""
    outputs = []
    for t in range(x.shape[1]):
        output, states = step(weights, x[:, t], states)
        outputs.append(output)
    return np.stack(outputs, axis=1), states


def run_both_ways(step, weights, x, states):
    """A step over x and, with the second half of weights and states, over x from its end.

    The outputs of both are in the order of time.
    """
    half_weights, half_states = len(weights) // 2, len(states) // 2
    forward, forward_states = run(step, weights[:half_weights], x, states[:half_states])
    backward, backward_states = run(step, weights[half_weights:], x[:, ::-1], states[half_states:])
    return forward, backward[:, ::-1], [*forward_states, *backward_states]


def lif_gradients(step, weights, x, states, d_outputs, d_finals):
    """Backpropagation through time by hand, with the fast sigmoid of Zenke & Ganguli (2018).

    The surrogate stands for ds/dv; no gradient goes through the reset. The defaults of the layer:
    decay 0.9, threshold 1, scale 10.

    Args:
        step: `lif_subtract` or `lif_zero`.
        weights: W, R, b.
        x: Inputs `(batch, time, features)`.
        states: Initial s and v, `(batch, units)`.
        d_outputs: Gradient by the outputs `(batch, time, units)`.
        d_finals: Gradients by the final s and v.

    Returns:
        The gradients by x, s, v, W, R and b.
    """
    W, R, b = weights
    before, inside = [], []
    for t in range(x.shape[1]):
        before.append(states)
        _, states = step(weights, x[:, t], states)
        inside.append(states)
    d_x, d_W, d_R, d_b = (np.zeros_like(array) for array in (x, W, R, b))
    d_s, d_v = d_finals
    for t in reversed(range(x.shape[1])):
        s_before, _ = before[t]
        _, v = inside[t]
        surrogate = 1 / (1 + 10 * np.abs(v - 1)) ** 2
        # v[t] is reached through s[t] and through what comes after it.
        d_v = d_v + (d_s + d_outputs[:, t]) * surrogate
        d_x[:, t] = d_v @ W.T
        d_W += x[:, t].T @ d_v
        d_R += s_before.T @ d_v
        d_b += d_v.sum(axis=0)
        d_s = d_v @ R.T
        d_v = 0.9 * d_v * (1 if step is lif_subtract else 1 - s_before)
    return [d_x, d_s, d_v, d_W, d_R, d_b]


def numeric_gradients(function, arrays, shift=1e-5):
    """The gradients of `function(arrays)`, a number, by central finite differences."""
    gradients = [np.zeros_like(array) for array in arrays]
    for array, gradient in zip(arrays, gradients, strict=True):
        for index in np.ndindex(array.shape):
            value = array[index]
            array[index] = value + shift
            above = function(arrays)
            array[index] = value - shift
            below = function(arrays)
            array[index] = value
            gradient[index] = (above - below) / (2 * shift)
    return gradients
