"""Starting TensorFlow without its start-up messages."""

import os


def start_tensorflow() -> None:
    """Imports TensorFlow and finds its devices with standard error closed.

    TensorFlow 2.21 writes notes about oneDNN and CUDA there before it reads
    TF_CPP_MIN_LOG_LEVEL (tensorflow#100442). Python exceptions are still shown.
    """
    standard_error = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        import tensorflow as tf

        tf.config.list_physical_devices()
    finally:
        os.dup2(standard_error, 2)
        os.close(standard_error)
        os.close(nowhere)
