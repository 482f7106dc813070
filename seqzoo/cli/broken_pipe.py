"""Standard output after a broken pipe, as in `seqzoo serve notes | head -1`."""

import os
import sys


def print_now(text: str) -> None:
    """Prints and flushes; does nothing if the pipe is broken."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        leave_output()


def leave_output() -> None:
    """Redirects standard output to devnull, so that the final flush at exit succeeds."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
