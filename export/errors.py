"""Errors of exports."""

import re

from seqzoo.core.errors import SeqzooError

_LONGEST_REASON = 200


class ExportError(SeqzooError, RuntimeError):
    """An export failed or is impossible; no files of it remain."""


def reason_of(error: Exception) -> str:
    """Returns the message of a Keras or TensorFlow error in one line, without its location."""
    text = re.sub(r"\x1b\[\d*m|{{.*?}}|Exception encountered when calling \S+\.", " ", str(error))
    text = " ".join(text.partition("Arguments received by")[0].split())
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."
