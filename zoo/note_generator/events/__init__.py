"""The tokens of a score, and the order in which they may follow."""
