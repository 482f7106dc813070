"""Sampling constraints of music."""
