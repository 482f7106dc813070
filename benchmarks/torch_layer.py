"""Recurrent modules of PyTorch with Keras's weights."""

import numpy as np
import torch


class TorchLayer:
    """`torch.nn.LSTM`, `GRU` or `RNN`, one layer deep.

    Args:
        name: The name in `torch.nn`.
        weights: Keras's weights: kernel, recurrent kernel and bias of every direction.
        directions: 1 or 2.
    """

    def __init__(self, name, weights, directions):
        self.is_gru = name == "GRU"
        features, units = weights[0].shape[0], weights[1].shape[0]
        self.module = getattr(torch.nn, name)(features, units, bidirectional=directions == 2)
        self.parameters = list(self.module.parameters())
        with torch.no_grad():
            for parameter, value in zip(self.parameters, self._to_torch(weights), strict=True):
                parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))

    def training(self, x, d_outputs):
        """Returns functions that run a training step and convert its result to Keras's layout."""
        x = _time_major(x).requires_grad_()
        d_outputs = _time_major(d_outputs)

        def run():
            outputs, _ = self.module(x)
            return outputs, *torch.autograd.grad(outputs, [x, *self.parameters], d_outputs)

        def read(results):
            outputs, d_x, *gradients = (tensor.detach().numpy() for tensor in results)
            return [_batch_major(outputs), _batch_major(d_x), *self._from_torch(gradients)]

        return run, read

    def forward(self, x):
        """Returns functions that run the layer and convert its result to Keras's layout."""
        x = _time_major(x)
        self.module.eval()

        @torch.inference_mode()
        def run():
            return self.module(x)[0]

        return run, lambda outputs: [_batch_major(outputs.numpy())]

    def _to_torch(self, weights):
        """Converts weights: transposed, in torch's gate order, with a bias for both products."""
        for kernel, recurrent_kernel, bias in zip(*[iter(weights)] * 3, strict=True):
            biases = bias if bias.ndim == 2 else [bias, np.zeros_like(bias)]
            for value in (kernel.T, recurrent_kernel.T, *biases):
                yield self._reorder(value)

    def _from_torch(self, gradients):
        """Converts gradients by torch's weights to those by Keras's."""
        for kernel, recurrent_kernel, *biases in zip(*[iter(gradients)] * 4, strict=True):
            biases = [self._reorder(bias) for bias in biases]
            yield self._reorder(kernel).T
            yield self._reorder(recurrent_kernel).T
            yield np.stack(biases) if self.is_gru else biases[0]

    def _reorder(self, value):
        """Swaps Keras's gates z, r, h and torch's r, z, n; it is its own inverse."""
        if not self.is_gru:
            return value
        first, second, candidate = np.split(value, 3)
        return np.concatenate([second, first, candidate])


def _time_major(array):
    return torch.from_numpy(np.ascontiguousarray(array.swapaxes(0, 1)))


def _batch_major(array):
    return array.swapaxes(0, 1)
