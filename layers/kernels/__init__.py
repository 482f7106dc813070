"""Kernels: implementations of a recurrent layer over time, with one interface.

A kernel is a function

```
last_output, outputs, states = kernel(layer, sequences, initial_state, mask, training)
```

of a `Recurrent`, its input `(batch, time, features)`, the list of its initial states
`(batch, units)`, booleans `(batch, time)` or `None`, and whether dropout is applied. It returns
the last output `(batch, units)`, the outputs in the order of the run `(batch, time, units)` (one
time step if the layer returns no sequences), and the list of final states.

`selection` chooses the kernel, depending on `targets`. `portable` runs the cell itself, in
operations that every runtime has; in graphs for TFLite's interpreter its loop is that of `tflite`.
`backpropagation` is for training on a CPU. `cudnn` is for GPUs.
"""
