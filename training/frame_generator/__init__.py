"""Training and evaluation of frame generators."""
