"""TensorFlow Datasets builders, a folder each."""
