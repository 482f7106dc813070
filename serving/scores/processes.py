"""Runs functions on untrusted scores in processes of their own.

Reading and engraving a score is one long computation in libraries, which no thread can cancel, and
which keeps Python's lock. A process can be stopped at any time, its memory is its own, and a
crash of a library ends nothing else.
"""

import functools
import json
import math
import multiprocessing
import threading
from collections.abc import Mapping
from multiprocessing import forkserver
from typing import Any

from seqzoo.serving.cancellation import Cancellation
from seqzoo.serving.limits import Limits
from seqzoo.serving.rest_errors import RestError
from seqzoo.serving.scores.child import ended_early, run

# What takes longest to import. A process is a copy of one that has imported it.
_IMPORTED = ("seqzoo.serving.scores.worker", "music21.musicxml.xmlToM21", "verovio")
_IS_FORKED = "forkserver" in multiprocessing.get_all_start_methods()
# The longest answer of a process, in bytes.
_LONGEST_ANSWER = 64 * 2**20
# How often a cancellation is noticed, in seconds.
_INTERVAL = 0.05
# multiprocessing keeps a list of its processes, which no two threads may change at once.
_STARTING = threading.Lock()


@functools.cache
def _context():
    context = multiprocessing.get_context("forkserver" if _IS_FORKED else "spawn")
    if _IS_FORKED:
        context.set_forkserver_preload(list(_IMPORTED))
    return context


def prepare() -> None:
    """Starts the imports for later processes, in the background."""
    _context()
    if _IS_FORKED:
        with _STARTING:
            forkserver.ensure_running()


def run_apart(
    function: str, argument: Any, limits: Limits, cancellation: Cancellation | None = None
) -> Mapping[str, Any]:
    """Runs a function in a process of its own and returns its result.

    Args:
        function: The place of the function, `module:name`; its result must be JSON.
        argument: The argument.
        limits: The limits of the server. Predictions that run at once share the memory.
        cancellation: Stops the process.

    Raises:
        RestError: If the function raises an error for the user, its memory does not suffice, it was
            cancelled, or no process can be started.
    """
    memory = limits.memory_bytes // limits.concurrency
    seconds = math.ceil(limits.timeout) + 1
    process, receiver = _started(run, function, argument, memory, seconds)
    try:
        return _result(receiver, cancellation)
    finally:
        with receiver, _STARTING:
            process.kill()
            process.join()


def _started(target, *arguments):
    """Starts a process, and returns it with the connection that its answer comes from."""
    try:
        receiver, sender = _context().Pipe(duplex=False)
        with sender, _STARTING:
            process = _context().Process(target=target, args=(sender, *arguments), daemon=True)
            process.start()
    # The server of processes ends if it cannot start one.
    except (OSError, EOFError) as error:
        raise RestError(503, "The server cannot start a process now. Try again later.") from error
    return process, receiver


def _result(receiver, cancellation):
    while not receiver.poll(_INTERVAL):
        if cancellation is not None and cancellation.is_started:
            raise RestError(499, "The request was cancelled.")
    try:
        answered = json.loads(receiver.recv_bytes(_LONGEST_ANSWER))
    except (EOFError, OSError):
        # Killed by the system, ended by a library that has no memory left, or too long an answer.
        answered = ended_early()
    if "error" not in answered:
        return answered["result"]
    raise RestError(answered["status"], answered["error"])
