"""Normalization of MIDI files to a form that symusic reads completely."""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from seqzoo.zoo.music.score import ScoreError

_HEADER = struct.Struct(">HHH")
_INDEPENDENT_PIECES = 2
_SMPTE = 0x8000
_META, _SYSTEM = 0xFF, (0xF0, 0xF7)
_NOTE_OFF, _NOTE_ON, _ONE_BYTE = 0x8, 0x9, (0xC, 0xD)
# Types of the meta events that hold text.
_TEXTS = range(1, 10)
_END_OF_TRACK = b"\xff\x2f\0"


class MidiFormError(ScoreError):
    """Raised for a MIDI file of an unsupported form; the message says what to do instead."""


def standard_midi(data: bytes) -> bytes:
    """Returns a Standard MIDI File that consists only of its header and all of its tracks.

    The input may have a RIFF container, a longer header, unknown chunks, and a number of tracks
    that differs from its header. Notes without an end are ended at the end of their track. Texts
    that are not UTF-8 are read as Windows-1252, in which many programs write them.

    Args:
        data: The content of the file.

    Raises:
        MidiFormError: If the file holds several pieces, or counts time in SMPTE frames.
        ScoreError: If the data is not a MIDI file, or is truncated.
    """
    if data.startswith(b"RIFF"):
        data = _without_container(data)
    chunks = list(_chunks(data, "big"))
    name, header = chunks[0] if chunks else (b"", b"")
    if name != b"MThd" or len(header) < _HEADER.size:
        raise ScoreError("it does not begin with the header of a MIDI file")
    kind, _, division = _HEADER.unpack_from(header)
    tracks = [content for name, content in chunks if name == b"MTrk"]
    if division & _SMPTE:
        raise MidiFormError(
            "it counts time in SMPTE frames; export it with ticks to a quarter note"
        )
    if kind > _INDEPENDENT_PIECES:
        raise ScoreError(f"it declares MIDI format {kind}, which does not exist")
    if kind == _INDEPENDENT_PIECES and len(tracks) > 1:
        raise MidiFormError(
            f"it holds {len(tracks)} pieces (MIDI format 2); export each to a file of its own"
        )
    return _chunk(b"MThd", _HEADER.pack(kind, len(tracks), division)) + b"".join(
        _chunk(b"MTrk", _mended(track)) for track in tracks
    )


class _Event(NamedTuple):
    """An event of a track.

    Attributes:
        time: Delta time since the previous event, as encoded in the file.
        status: Status byte: the type of event and its channel.
        meta: Type of a meta event; `None` for other events.
        data: Data bytes of the event.
    """

    time: bytes
    status: int
    meta: int | None
    data: bytes


def _mended(track: bytes) -> bytes:
    """Repairs what symusic would drop or misread in a track."""
    try:
        events = list(_events(track))
    except IndexError:
        return track  # damaged: symusic reports how
    held = _held_at_end(events)
    if not held and all(_in_utf8(event) == event for event in events):
        return track
    has_end = events[-1].meta == _END_OF_TRACK[1]
    time = events.pop().time if has_end else b"\0"
    offs = [bytes([_NOTE_OFF << 4 | channel, pitch, 0]) for channel, pitch in held]
    body = b"".join(_written(_in_utf8(event)) for event in events)
    return body + time + b"\0".join([*offs, _END_OF_TRACK])


def _events(track: bytes) -> Iterator[_Event]:
    """Yields the events of a track, up to the end-of-track event."""
    place = running = 0
    while place < len(track):
        start = place
        _, place = _number(track, place)
        time, status, meta = track[start:place], track[place], None
        if status & 0x80:
            place += 1
        else:
            status = running
        if status == _META:
            meta, place = track[place], place + 1
        if status in (_META, *_SYSTEM):
            length, place = _number(track, place)
        else:
            running, length = status, 1 if status >> 4 in _ONE_BYTE else 2
        if place + length > len(track):
            raise IndexError("the last event is cut short")
        yield _Event(time, status, meta, track[place : place + length])
        if meta == _END_OF_TRACK[1]:
            return
        place += length


def _written(event: _Event) -> bytes:
    head = event.time + bytes([event.status])
    if event.meta is not None:
        head += bytes([event.meta])
    if event.status in (_META, *_SYSTEM):
        head += _variable_length(len(event.data))
    return head + event.data


def _in_utf8(event: _Event) -> _Event:
    if event.meta not in _TEXTS:
        return event
    try:
        event.data.decode("utf-8")
    except UnicodeDecodeError:
        text = event.data.decode("cp1252", errors="replace")
        return event._replace(data=text.encode("utf-8"))
    return event


def _held_at_end(events: Iterable[_Event]) -> list[tuple[int, int]]:
    """Returns the channels and pitches that still sound at the end of a track."""
    held: Counter[tuple[int, int]] = Counter()
    for event in events:
        kind = event.status >> 4
        if kind not in (_NOTE_ON, _NOTE_OFF):
            continue
        pitch, velocity = event.data
        note = (event.status & 0x0F, pitch)
        if kind == _NOTE_ON and velocity > 0:
            held[note] += 1
        elif held[note]:
            held[note] -= 1
    return sorted(held.elements())


def _number(track: bytes, place: int) -> tuple[int, int]:
    """Decodes a variable-length quantity; returns its value and the offset after it."""
    value = 0
    while True:
        byte = track[place]
        place += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place


def _variable_length(value: int) -> bytes:
    """Encodes a variable-length quantity."""
    written = [value & 0x7F]
    while value := value >> 7:
        written.append(value & 0x7F | 0x80)
    return bytes(reversed(written))


def _without_container(data: bytes) -> bytes:
    for name, content in _chunks(data[12:], "little"):
        if data[8:12] == b"RMID" and name == b"data":
            return content
    raise MidiFormError("its RIFF container holds no MIDI data; export it as a Standard MIDI File")


def _chunks(data: bytes, byte_order: Literal["little", "big"]) -> Iterator[tuple[bytes, bytes]]:
    """Yields the names and contents of chunks; a truncated chunk that is needed is an error."""
    start = 0
    while start + 8 <= len(data):
        name = data[start : start + 4]
        size = int.from_bytes(data[start + 4 : start + 8], byte_order)
        content = data[start + 8 : start + 8 + size]
        if len(content) < size and name == b"data":
            raise MidiFormError("its RIFF container is truncated; use a complete copy of the file")
        if len(content) < size and name in (b"MThd", b"MTrk"):
            raise ScoreError("it is truncated")
        yield name, content
        # RIFF pads chunks to an even length.
        start += 8 + size + (size % 2 if byte_order == "little" else 0)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "big") + content
