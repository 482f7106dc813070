"""Standard output whose reader has gone, as in `seqzoo serve notes | head -1`."""

import os
import sys


def print_now(text: str) -> None:
    """Prints at once, though standard output may be a file; nothing, where nobody reads it."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        leave_output()


def leave_output() -> None:
    """Points standard output at nothing after a broken pipe, so that the last flush succeeds."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
