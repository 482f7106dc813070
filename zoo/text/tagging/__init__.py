"""Tagged sentences: their schemes and their files."""
