"""What an image may be at most."""

PIXEL_LIMIT = 80_000_000
"""The most pixels of an image: 240 MB decoded. More is refused before memory is taken for it.

A camera's 50 megapixels are well below it. It is also below the size from which Pillow warns.
"""
