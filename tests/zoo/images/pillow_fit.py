"""How an image becomes that of the network, by Pillow."""

import numpy as np
from PIL import Image


def fit_by_pillow(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """A whole image, scaled by Pillow in floats, on white: float32 (height, width, 3)."""
    scale = min(height / pixels.shape[0], width / pixels.shape[1])
    rows, columns = (max(1, round(side * scale)) for side in pixels.shape[:2])
    # Pillow scales floats channel by channel. Smaller images are smoothed as `antialias` does.
    scaled = [
        Image.fromarray(np.asarray(plane, "float32")).resize(
            (columns, rows), Image.Resampling.BILINEAR
        )
        for plane in np.moveaxis(pixels, -1, 0)
    ]
    top, left = (height - rows) // 2, (width - columns) // 2
    white = np.full((height, width, 3), 255, "float32")
    white[top : top + rows, left : left + columns] = np.stack(scaled, axis=-1)
    return white
