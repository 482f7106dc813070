"""The commands and their arguments; what they do is imported when they run."""
