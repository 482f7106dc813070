"""The tokens of a piano roll, and which of them can follow which."""

import numpy as np

PAD, START, END, MARK = range(4)
"""Padding, the start and the end of a piece, the end of a frame; the keys come after them."""

NAMES = ("[PAD]", "[START]", "[END]", "[FRAME]")
"""What the tokens before the keys are called."""


def transition_mask(vocabulary_size: int) -> np.ndarray:
    """Booleans `(vocabulary, vocabulary)`: whether token `j` may follow token `i`.

    Within a frame the keys ascend, so that every frame is written in one way only. A piece ends
    between frames. Behind padding and the end of a piece, where nothing is asked, all can follow.
    """
    token_ids = np.arange(vocabulary_size)
    previous, following = token_ids[:, None], token_ids[None]
    key_above = (following > MARK) & (following > previous)
    between_frames = (previous == START) | (previous == MARK)
    in_piece = (following == MARK) | key_above | ((following == END) & between_frames)
    return in_piece | (previous == PAD) | (previous == END)
