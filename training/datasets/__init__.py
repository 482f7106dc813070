"""The builders of published data sets for TensorFlow Datasets, a folder each."""
