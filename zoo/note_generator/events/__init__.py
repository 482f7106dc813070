"""Events: their names, their grammar, and their conversion to notes."""
