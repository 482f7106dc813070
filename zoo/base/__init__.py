"""Base classes and helpers shared by all models."""
