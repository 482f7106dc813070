"""Limits of images."""

PIXEL_LIMIT = 80_000_000
"""Maximum number of pixels of an image: 240 MB as RGB, and up to 1.5 GB while a transparent image
is read. Larger images are refused before memory is allocated.

It is well above the 50 megapixels of cameras, and below the size from which Pillow warns.
"""

TOO_MANY_PIXELS = f"more than {PIXEL_LIMIT // 10**6} million pixels"
"""The phrase in error messages about images above the limit."""
