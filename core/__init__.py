"""Foundations of every room: errors, files, progress, and the private names of Keras."""
