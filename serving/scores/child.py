"""Runs a function in a process of its own, without TensorFlow, which takes long to import."""

import json
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

from seqzoo.core.errors import SeqzooError
from seqzoo.core.extras import MissingPackageError
from seqzoo.core.lazy import load_place
from seqzoo.serving.memory import cap_memory

_LONGEST_NOTE = 256


def run(sender: Connection, function: str, argument: Any, memory_bytes: int, seconds: int) -> None:
    """Sends the result of a function, or its error, as JSON.

    Args:
        sender: Where the answer is sent: an object with `result`, or with `error` and `status`.
        function: The place of the function, `module:name`.
        argument: The argument.
        memory_bytes: The memory that the function may use, in bytes.
        seconds: The time that it may compute, even if nobody waits for it any more.
    """
    # Ctrl-C reaches all processes of a terminal; the server ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cap_memory(memory_bytes)
    _cap_seconds(seconds)
    try:
        answered = {"result": load_place(function)(argument)}
    except MissingPackageError as error:
        answered = _error(501, str(error))
    except SeqzooError as error:
        answered = _error(400, str(error))
    except MemoryError:
        memory = f"{memory_bytes // 2**20} MiB"
        answered = _error(413, f"The score needs more than {memory} of memory: give a shorter one.")
    except RecursionError:
        answered = _error(400, "The score is nested too deeply: save it again by another program.")
    except Exception as error:
        # Libraries raise errors of any kind for a damaged score.
        print(f"{function} failed: {repr(error)[:_LONGEST_NOTE]}", file=sys.stderr, flush=True)
        answered = _error(400, f"The score cannot be used ({type(error).__name__}).")
    sender.send_bytes(json.dumps(answered).encode())


def _error(status, message):
    return {"error": message, "status": status}


def ended_early() -> dict[str, Any]:
    """Returns the answer for a process that ended without one."""
    return _error(
        413, "The process of the score ended before it answered: give a shorter or simpler score."
    )


def _cap_seconds(seconds):
    try:
        import resource
    except ImportError:  # on Windows
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
