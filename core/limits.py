"""Limits and defaults shared by the command line and the server."""

MAX_LENGTH = 4096
"""The maximum number of tokens that one `generate` request may ask for."""

MAX_TEMPERATURE = 100.0
"""The highest temperature allowed; far below it, all tokens are already about equally likely."""

DEFAULT_BEAM_WIDTH = 4
"""The default number of captions that beam search keeps."""

MAX_BEAM_WIDTH = 64
"""The largest beam width allowed."""
