"""Commands and their arguments; their implementations are imported when they run."""
