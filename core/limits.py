"""Limits that the command line and the server share."""

MAX_LENGTH = 4096
"""The most tokens that one `generate` request may ask for."""

MAX_TEMPERATURE = 100.0
"""The highest temperature; far below it, all tokens are about equally likely."""

DEFAULT_BEAM_WIDTH = 4
"""How many captions of an image are searched at once where nobody says how many."""

MAX_BEAM_WIDTH = 64
"""The most."""
