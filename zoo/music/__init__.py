"""Scores and piano rolls: reading, writing, engraving, drawing and playing."""
