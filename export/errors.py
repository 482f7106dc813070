"""What an export that cannot be had says."""

from seqzoo.errors import SeqzooError


class ExportError(SeqzooError, RuntimeError):
    """An export that failed, or cannot be had; nothing of it is left behind."""
