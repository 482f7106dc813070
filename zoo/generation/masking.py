"""Mask values for tokens that cannot be generated."""

MASKED_LOGIT = -1e4
"""Added to logits of the network: float16 can hold it, and in float32 the probability becomes 0."""

IMPOSSIBLE = -1e9
"""A log-probability below that of any sequence.

It lies far below `MASKED_LOGIT`, so that allowed tokens win over forbidden ones even if the network
gives every allowed token no probability.
"""
