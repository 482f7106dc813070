"""Image formats, recognised by their first bytes."""

START_SIZE = 16
"""Number of bytes that determine the format."""

_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    # BigTIFF, whose offsets have 64 bits.
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"\0\0\0\x0cjP  \r\n\x87\n": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\0\0\0\x0cJXL \r\n\x87\n": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
    b"II\xbc": "JPEG XR",
    b"8BPS": "Photoshop",
}
# ISO/IEC 14496-12: the brand of a file follows `ftyp`.
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "HEIC"),
    **dict.fromkeys((b"mif1", b"msf1"), "HEIF"),
}


def image_kind(start: bytes) -> str | None:
    r"""Returns the format of a picture by its first `START_SIZE` bytes; `None` if it is unknown.

    >>> image_kind(b"GIF89a"), image_kind(b"\0\0\0\x18ftypheic\0\0\0\0"), image_kind(b"text")
    ('GIF', 'HEIC', None)
    """
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP"
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:12])
    return next((kind for sign, kind in _SIGNATURES.items() if start.startswith(sign)), None)
