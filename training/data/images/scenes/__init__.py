"""Synthetic pictures of coloured shapes, drawn here, and their captions.

What a caption says can be checked word by word, and some combinations are kept out of training: so
the scenes measure whether a captioner puts together what it has only seen apart. They are no
substitute for photographs.
"""
