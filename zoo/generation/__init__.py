"""Token-by-token generation: sampling, beam search, constraints, streaming."""
