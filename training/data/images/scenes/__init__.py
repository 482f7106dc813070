"""Synthetic pictures of coloured shapes, and their captions.

Captions can be checked word by word, and some combinations are held out of training. The scenes
therefore measure compositional generalization. They do not replace photographs.
"""
