"""TFLite files for phones."""
