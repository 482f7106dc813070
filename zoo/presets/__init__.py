"""Presets: reading with checks, atomic writing, and the presets that ship."""
