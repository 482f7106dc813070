"""The command line: `seqzoo list | info | train | evaluate | generate | export`."""

import os
import sys


def main() -> None:
    """Runs the command line; exit status 2 is wrong usage, 1 any other failure."""
    from seqzoo.cli.app import app
    from seqzoo.errors import SeqzooError, UsageError

    # TensorFlow's start-up messages say nothing about the work; errors still come through.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        app()
    except UsageError as error:
        _fail(error, 2)
    except (SeqzooError, OSError) as error:
        _fail(error, 1)
    except KeyboardInterrupt:
        _fail("Interrupted.", 130)


def _fail(error, status):
    print(f"seqzoo: {error}", file=sys.stderr)
    sys.exit(status)
