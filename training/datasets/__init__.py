"""TensorFlow Datasets builders of published data sets, one folder each."""
