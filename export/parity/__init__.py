"""Parity reports: comparison of exports with the model."""
