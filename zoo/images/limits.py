"""Limits of images."""

PIXEL_LIMIT = 80_000_000
"""The most pixels of an image: 240 MB as RGB, and up to 1.5 GB while they are read, if they are
transparent. More is refused before memory is taken for it.

A camera's 50 megapixels are well below it. It is also below the size from which Pillow warns.
"""

TOO_MANY_PIXELS = f"more than {PIXEL_LIMIT // 10**6} million pixels"
"""What an error says of an image above the limit, among other words."""
