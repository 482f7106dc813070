"""Piano reductions: the common form of scores, a piano and an optional voice in ticks."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import symusic

from seqzoo.core.errors import SeqzooError
from seqzoo.zoo.music.voices import Player, find_voice

TICKS_PER_QUARTER = 480

VOICE_PROGRAMS = (52, 53, 54)
"""Vocal MIDI programs, counted from 0; the first is used for writing."""

SLOWEST, FASTEST = 4, 1000
"""Range of the tempos that are written, in quarter notes per minute."""

LOWEST, HIGHEST = 21, 108
"""Range of a piano, as MIDI pitches."""

# About 14 hours at 120 quarter notes per minute; a longer score is a corrupt file.
MAX_QUARTERS = 100_000
"""The length of the longest score, in quarter notes."""

# Marks a score as a reduction whose second track is the voice, even if it is silent.
_SONG_MARK = "seqzoo: voice and piano"
# With these denominators, a bar is a whole number of sixteenths.
_DENOMINATORS = (1, 2, 4, 8, 16)


class ScoreError(SeqzooError, ValueError):
    """Raised if a score cannot be used; the message names the file, the reason and the remedy."""


class PianoNote(NamedTuple):
    """A sounding note; times in ticks, 480 per quarter note, `end` exclusive."""

    onset: int
    pitch: int
    end: int
    velocity: int


class SongParts(NamedTuple):
    """The notes of the piano and of the voice, which may be empty."""

    piano: list[PianoNote]
    voice: list[PianoNote]


class Key(NamedTuple):
    """A key: the number of sharps, or of flats as a negative number, and the mode."""

    fifths: int
    is_minor: bool


class TimeSignature(NamedTuple):
    """A time signature and the tick at which it starts."""

    onset: int
    numerator: int
    denominator: int


class Bar(NamedTuple):
    """A bar from tick `start` to tick `end`, exclusive, and its time signature."""

    start: int
    end: int
    numerator: int
    denominator: int


def printable(text: str) -> str:
    """Removes unprintable characters, which MIDI allows in names and XML does not."""
    return "".join(character for character in text if character.isprintable()).strip()


def bar_ticks(numerator: int, denominator: int) -> int:
    """Returns the length of a bar in ticks."""
    return 4 * TICKS_PER_QUARTER * numerator // denominator


def metrical_beats(numerator: int, denominator: int) -> int:
    """Returns the number of beats in a bar; three units are a beat in compound metres.

    >>> metrical_beats(3, 4), metrical_beats(6, 8), metrical_beats(3, 8)
    (3, 2, 3)
    """
    is_compound = numerator > 3 and numerator % 3 == 0 and denominator > 2
    return numerator // 3 if is_compound else numerator


def piano_score(
    notes: Iterable[PianoNote],
    time_signatures: Iterable[TimeSignature] = (),
    tempo: float | None = None,
    name: str = "",
    voice: Iterable[PianoNote] = (),
    key: Key | None = None,
    has_voice: bool = False,
) -> symusic.Score:
    """Creates a piano reduction: a piano track without overlaps per pitch, and an optional voice.

    Args:
        notes: The notes of all parts except the voice, in any order. Notes without length are left
            out. If a pitch starts twice at once, the longest note is kept. A note that still
            sounds when its pitch starts again ends there.
        time_signatures: The time signatures, in any order. Those whose bars are not a whole number
            of sixteenths are left out. Without a signature at the start, the piece starts in 4/4.
        tempo: Quarter notes per minute. Defaults to 120, also for tempos outside 4 to 1,000.
        name: The name of the first track; unprintable characters are removed.
        voice: The notes of the voice, which become the second track with a vocal MIDI program.
        key: The key of the piece. Defaults to an unknown key.
        has_voice: Whether to add a voice track even if the voice is silent, for example before its
            first note.

    Raises:
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    score = symusic.Score(TICKS_PER_QUARTER)
    score.tracks.append(_track(printable(name), 0, without_overlaps(notes)))
    sung = without_overlaps(voice)
    if sung or has_voice:
        score.tracks.append(_track("Voice", VOICE_PROGRAMS[0], sung))
        score.markers.append(symusic.TextMeta(0, _SONG_MARK))
    if key is not None:
        score.key_signatures.append(symusic.KeySignature(0, key.fifths, int(key.is_minor)))
    for time_signature in _time_signatures_from_start(time_signatures):
        score.time_signatures.append(symusic.TimeSignature(*time_signature))
    # MIDI cannot represent slower tempos.
    score.tempos.append(symusic.Tempo(0, tempo if tempo and SLOWEST <= tempo <= FASTEST else 120))
    return score


def reduced(score: symusic.Score, voice_track: str | None = None) -> symusic.Score:
    """Returns the piano reduction of a score: all tracks except drums merged; see `piano_score`.

    A voice stays a separate track; see `find_voice`. The key is the one at the start, the tempo
    the one at the first note. The name is that of the only track, or of the only track beside a
    voice; several tracks are usually named after instruments or hands, so their names are dropped.

    Args:
        score: The score.
        voice_track: The name or number of the voice track. Defaults to automatic detection.

    Raises:
        VoiceError: If there is no such track.
        ScoreError: If a note lies before the start or after 100,000 quarter notes, or the score has
            no ticks per quarter note.
    """
    scale = _scale(score)
    time_signatures = [
        TimeSignature(round(sign.time * scale), sign.numerator, sign.denominator)
        for sign in score.time_signatures
    ]
    voice_index = _voice_index(score, voice_track)
    names = [track.name for index, track in enumerate(score.tracks) if index != voice_index]
    name = names[0] if len(names) == 1 else ""
    piano, voice = _parts(score, voice_index)
    reduction = piano_score(
        piano, time_signatures, None, name, voice, key_of(score), has_voice=voice_index is not None
    )
    # Of several tempos at one tick, the last one applies.
    set_initial_tempo(
        reduction, [(round(tempo.time * scale), tempo.qpm) for tempo in reversed(score.tempos)]
    )
    return reduction


def set_initial_tempo(score: symusic.Score, marks: Sequence[tuple[int, float]]) -> None:
    """Sets the tempo of a piano reduction to the tempo at its first note.

    If there is no mark at or before the first note, which is then an upbeat, the tempo at the next
    bar line is used.

    Args:
        score: The reduction, which is modified; it keeps its tempo if there is no mark.
        marks: Pairs of a tick and the tempo from there on, in quarter notes per minute. The first
            of several marks at one tick counts; tempos that cannot be written are ignored.
    """
    written = [mark for mark in marks if SLOWEST <= mark[1] <= FASTEST]
    first_note = min((note.onset for note in piano_notes(score)), default=0)
    bar_lines = [bar.start for bar in bars(score) if bar.start >= first_note]
    for until in (first_note, *bar_lines[:1]):
        heard = [mark for mark in written if mark[0] <= until]
        if heard:
            score.tempos[0].qpm = max(heard, key=lambda mark: mark[0])[1]
            return


def key_of(score: symusic.Score) -> Key | None:
    """Returns the key signature at the start of a score, or `None` if there is none."""
    keys = [
        Key(sign.key, bool(sign.tonality))
        for sign in score.key_signatures
        if sign.time == 0 and -7 <= sign.key <= 7
    ]
    return keys[0] if keys else None


def song_parts(score: symusic.Score) -> SongParts:
    """Separates the notes of the voice, if there is one, from the others."""
    return _parts(score, _voice_index(score))


def has_voice(score: symusic.Score) -> bool:
    """Returns whether a score has a voice, which may be silent."""
    return _voice_index(score) is not None


def _parts(score, voice_index):
    tracks = [_sounding([track], score) if not track.is_drum else [] for track in score.tracks]
    others = [note for index, notes in enumerate(tracks) if index != voice_index for note in notes]
    return SongParts(sorted(others), [] if voice_index is None else tracks[voice_index])


def _voice_index(score, wanted=None):
    places = [index for index, track in enumerate(score.tracks) if not track.is_drum]
    if wanted is None and any(mark.text == _SONG_MARK for mark in score.markers):
        vocal = [index for index in places if score.tracks[index].program in VOICE_PROGRAMS]
        return vocal[0] if len(vocal) == 1 else None
    players = [_player(score.tracks[index]) for index in places]
    place = find_voice(players, wanted)
    return None if place is None else places[place]


def _player(track: symusic.Track) -> Player:
    columns = track.notes.numpy()
    spans = zip(*(columns[key].tolist() for key in ("time", "duration")), strict=True)
    return Player(
        printable(track.name),
        [(onset, onset + duration) for onset, duration in spans if duration > 0],
        has_voice_program=track.program in VOICE_PROGRAMS,
    )


def _track(name, program, notes):
    track = symusic.Track(name=name, program=program, is_drum=False)
    for note in notes:
        track.notes.append(
            symusic.Note(note.onset, note.end - note.onset, note.pitch, note.velocity)
        )
    return track


def piano_notes(score: symusic.Score) -> list[PianoNote]:
    """Returns the notes of all tracks except drums, sorted by onset and pitch.

    Times are in ticks, 480 per quarter note.
    """
    return _sounding([track for track in score.tracks if not track.is_drum], score)


def can_be_played(score: symusic.Score) -> bool:
    """Returns whether a score has notes on the keys of a piano."""
    return any(LOWEST <= note.pitch <= HIGHEST for note in piano_notes(score))


def _sounding(tracks, score):
    scale = _scale(score)
    notes = []
    for track in tracks:
        columns = track.notes.numpy()
        for onset, duration, pitch, velocity in zip(
            *(columns[key].tolist() for key in ("time", "duration", "pitch", "velocity")),
            strict=True,
        ):
            start = round(onset * scale)
            # A note keeps a length even if rounding would remove it; a grace note has none.
            end = max(round((onset + duration) * scale), start + (duration > 0))
            notes.append(PianoNote(start, pitch, end, velocity))
    return sorted(notes)


def without_overlaps(notes: Iterable[PianoNote]) -> list[PianoNote]:
    """Returns the notes sorted, without overlaps of the same pitch; see `piano_score`.

    Raises:
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    strands: dict[int, list[PianoNote]] = {}
    for note in sorted(notes, key=lambda note: (note.onset, -note.end)):
        if not 0 <= note.onset <= note.end <= MAX_QUARTERS * TICKS_PER_QUARTER:
            raise ScoreError(f"notes lie outside the first {MAX_QUARTERS:,} quarter notes")
        if note.end == note.onset or not 0 <= note.pitch <= 127:
            continue
        strand = strands.setdefault(note.pitch, [])
        if strand and strand[-1].onset == note.onset:
            continue
        if strand and strand[-1].end > note.onset:
            strand[-1] = strand[-1]._replace(end=note.onset)
        strand.append(note)
    return sorted(note for strand in strands.values() for note in strand)


def bars(score: symusic.Score, end: int | None = None) -> list[Bar]:
    """Returns the bars of a piano reduction, at least one.

    A time signature inside a bar shortens that bar.

    Args:
        score: The reduction.
        end: The tick up to which bars are returned. Defaults to the end of the last note.
    """
    end = max(score.end() if end is None else end, 1)
    time_signatures = [
        (m.time, m.numerator, m.denominator) for m in score.time_signatures if m.time < end
    ]
    found = []
    for i, (start, numerator, denominator) in enumerate(time_signatures):
        last = i + 1 == len(time_signatures)
        until = end if last else time_signatures[i + 1][0]
        length = bar_ticks(numerator, denominator)
        for bar_start in range(start, until, length):
            bar_end = bar_start + length if last else min(bar_start + length, until)
            found.append(Bar(bar_start, bar_end, numerator, denominator))
    return found


def _time_signatures_from_start(time_signatures: Iterable[TimeSignature]) -> list[TimeSignature]:
    by_onset = {0: TimeSignature(0, 4, 4)}
    for time_signature in time_signatures:
        fits = time_signature.numerator > 0 and time_signature.denominator in _DENOMINATORS
        if fits and time_signature.onset >= 0:
            by_onset[time_signature.onset] = time_signature
    return [by_onset[onset] for onset in sorted(by_onset)]


def _scale(score: symusic.Score) -> float:
    if score.ticks_per_quarter < 1:
        raise ScoreError("it has no ticks per quarter note")
    return TICKS_PER_QUARTER / score.ticks_per_quarter
