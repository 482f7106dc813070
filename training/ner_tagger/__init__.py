"""Training and judging models that tag the words of sentences."""
