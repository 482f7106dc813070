"""Processes for untrusted scores: what they answer, and how they end."""

import json
import multiprocessing
import subprocess
import sys
import threading
import time

import pytest

from seqzoo.core.extras import missing_package
from seqzoo.serving import Limits
from seqzoo.serving.cancellation import Cancellation
from seqzoo.serving.rest_errors import RestError
from seqzoo.serving.scores import child, worker
from seqzoo.serving.scores.asked import ScoreRequest
from seqzoo.serving.scores.processes import run_apart
from seqzoo.zoo.note_generator.events.vocabulary import vocabulary

LIMITS = Limits()


def test_a_result_comes_back():
    assert run_apart("math:factorial", 20, LIMITS) == 2432902008176640000


def test_an_error_of_a_library_does_not_show_its_message():
    with pytest.raises(RestError, match=r"^The score cannot be used \(ValueError\)\.$") as caught:
        run_apart("math:sqrt", -1, LIMITS)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("function", "argument", "message"),
    [
        ("os:_exit", 0, "ended before it answered"),
        ("builtins:bytearray", 2**33, "needs more than 1024 MiB of memory"),
    ],
)
def test_a_process_that_ends_or_has_no_memory_left_is_told(function, argument, message):
    with pytest.raises(RestError, match=message) as caught:
        run_apart(function, argument, LIMITS)
    assert caught.value.status == 413


def test_a_cancelled_process_ends_at_once():
    cancellation = Cancellation()
    threading.Timer(0.5, cancellation.start).start()
    before, processes = time.monotonic(), multiprocessing.active_children()
    with pytest.raises(RestError, match="cancelled"):
        run_apart("time:sleep", 60, LIMITS, cancellation)
    assert time.monotonic() - before < 20
    assert set(multiprocessing.active_children()) <= set(processes)


@pytest.mark.parametrize(
    "error", [OSError(11, "Resource temporarily unavailable"), EOFError("unexpected EOF")]
)
def test_a_process_that_cannot_start_is_told(monkeypatch, error):
    """Without a place for another process, the server of processes ends: an `EOFError` here."""

    def refuse(process):
        raise error

    monkeypatch.setattr("multiprocessing.context.ForkServerProcess.start", refuse)
    with pytest.raises(RestError, match="cannot start a process now") as caught:
        run_apart("math:factorial", 3, LIMITS)
    assert caught.value.status == 503


class Sender:
    def send_bytes(self, sent):
        self.sent = json.loads(sent)


def test_a_missing_package_is_named(monkeypatch):
    def load(place):
        raise missing_package("miditok")

    monkeypatch.setattr(child, "load_place", load)
    monkeypatch.setattr(child, "cap_memory", lambda size: None)
    monkeypatch.setattr(child, "_cap_seconds", lambda seconds: None)
    monkeypatch.setattr(child.signal, "signal", lambda *_: None)
    sender = Sender()
    child.run(sender, "a:b", None, 2**30, 60)
    message = "The package miditok is not installed: pip install 'seqzoo[music]' brings it."
    assert sender.sent == {"error": message, "status": 501}


def test_without_verovio_there_is_musicxml_and_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "verovio", None)
    names = list(vocabulary())
    events = ["Bar_None", "TimeSig_4/4", "Position_0", "Piano_60", "Duration_1.0.12"]
    tokens = tuple(map(names.index, events))
    answer = worker.score(ScoreRequest(tuple(names), tokens, None, None, "A note"))
    assert answer["pages"] == []
    assert answer["missing"] == "The pages are not engraved: pip install 'seqzoo[music]'."
    assert "A note" in answer["musicxml"]


@pytest.mark.parametrize(
    ("imported", "absent"),
    [
        # A server of other models needs no music, and the process of a score no TensorFlow.
        pytest.param(
            "seqzoo.serving.app",
            ["music21", "symusic", "miditok", "verovio"],
            marks=pytest.mark.slow,
        ),
        ("seqzoo.serving.scores.worker, seqzoo.serving.scores.child", ["tensorflow", "keras"]),
    ],
)
def test_what_is_not_imported(imported, absent):
    code = f"import sys, {imported}; print([n for n in {absent} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
