"""Pretrained vectors of words and of their pieces."""
