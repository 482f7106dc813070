"""A TensorFlow Datasets builder, in the folder of its own that TFDS wants."""
