"""The command line; `seqzoo --help` lists its commands."""

import errno
import os
import sys


def main() -> None:
    """Runs the command line; the exit status is 2 for wrong usage, 1 for any other failure."""
    # Hides TensorFlow's start-up messages, but not its errors.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Overrides the user's Keras backend, which other programs may need.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    from seqzoo.cli.app import app
    from seqzoo.core.errors import SeqzooError, UsageError
    from seqzoo.core.extras import name_missing_packages

    try:
        with name_missing_packages():
            app()
    except UsageError as error:
        _fail(str(error), 2)
    except SeqzooError as error:
        _fail(str(error), 1)
    except OSError as error:
        _fail(_os_sentence(error), 1)
    except KeyboardInterrupt:
        _fail("Interrupted.", 130)


def _os_sentence(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"There is no room left to write in {error.filename}: free some, or write elsewhere."
    return f"{error.filename}: {error.strerror}." if error.filename else str(error)


def _fail(sentence: str, status: int) -> None:
    print(f"seqzoo: {' '.join(sentence.split())}", file=sys.stderr)
    sys.exit(status)
