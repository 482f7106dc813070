"""The base of all models."""
