"""Errors of exports."""

import re

from seqzoo.core.errors import SeqzooError

_LONGEST_REASON = 200


class ExportError(SeqzooError, RuntimeError):
    """An export that failed, or cannot be had; nothing of it is left behind."""


def reason_of(error: Exception) -> str:
    """What an error of Keras or TensorFlow says, in one line, without where it was raised."""
    text = re.sub(r"\x1b\[\d*m|{{.*?}}|Exception encountered when calling \S+\.", " ", str(error))
    text = " ".join(text.partition("Arguments received by")[0].split())
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."
