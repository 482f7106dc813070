"""Scores: read, written, engraved, drawn, and played."""
