"""Limits that the command line and the server share."""

MAX_LENGTH = 4096
"""The most tokens that one `generate` request may ask for."""

MAX_TEMPERATURE = 100.0
"""The highest temperature; far below it, all tokens are about equally likely."""
