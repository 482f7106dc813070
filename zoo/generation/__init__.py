"""Models that write one token after the other: sampling, beam search, constraints, streams."""
