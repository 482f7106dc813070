"""Scores and piano rolls."""
