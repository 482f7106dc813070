"""Training runs: one folder each, from a recipe to a trained preset."""
