"""Errors for the user."""


class SeqzooError(Exception):
    """An error that the user can fix; the message says what failed, where, and what to do."""


class UsageError(SeqzooError):
    """A request with invalid or contradictory options."""
