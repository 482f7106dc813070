"""The tokens of piano rolls, and their transition mask."""

import numpy as np

PAD, START, END, MARK = range(4)
"""Padding, start and end of a piece, end of a frame; the keys follow."""

NAMES = ("[PAD]", "[START]", "[END]", "[FRAME]")
"""Names of the tokens before the keys."""


def transition_mask(vocabulary_size: int) -> np.ndarray:
    """Returns booleans `(vocabulary, vocabulary)`: whether token `j` may follow token `i`.

    Within a frame, keys ascend, so that every frame has exactly one token sequence. A piece ends
    between frames. After padding and the end of a piece, where no prediction is made, all tokens
    may follow.
    """
    token_ids = np.arange(vocabulary_size)
    previous, following = token_ids[:, None], token_ids[None]
    key_above = (following > MARK) & (following > previous)
    between_frames = (previous == START) | (previous == MARK)
    in_piece = (following == MARK) | key_above | ((following == END) & between_frames)
    return in_piece | (previous == PAD) | (previous == END)
