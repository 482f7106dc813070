"""A TensorFlow Datasets builder; TFDS requires a folder for each."""
