"""The errors that are meant for the user."""


class SeqzooError(Exception):
    """Something the user can mend; the message is one sentence: what, where, what to do."""


class UsageError(SeqzooError):
    """A request that makes no sense as it was made."""
