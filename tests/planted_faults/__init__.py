"""Faults that are planted to see whether `make test` finds them."""
