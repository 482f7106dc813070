"""Shared foundations: errors, arguments, files, progress, and the private names of Keras."""
