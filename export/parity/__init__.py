"""Proof that an export answers what the model answers."""
