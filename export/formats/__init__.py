"""Formats of exported files: reading, writing and checks."""
