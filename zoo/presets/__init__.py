"""Presets: written whole, checked when they are read, and those that ship."""
