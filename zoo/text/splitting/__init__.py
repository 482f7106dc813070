"""Splitting of text into sentences and words, in the graph and in plain Python."""
