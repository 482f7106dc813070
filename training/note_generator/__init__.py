"""Training and evaluation of note generators."""
