"""Numbers for what cannot be generated."""

MASKED_LOGIT = -1e4
"""Added to logits of the network: the probability is 0 in float32, and float16 holds the number."""

IMPOSSIBLE = -1e9
"""A log-probability that no sequence reaches.

It lies far below `MASKED_LOGIT`: where nothing that is allowed has a probability, that is generated
still, and never what is not allowed.
"""
