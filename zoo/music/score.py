"""The one form in which scores travel: a piano, and perhaps a voice, as notes in ticks."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import symusic

from seqzoo.core.errors import SeqzooError
from seqzoo.zoo.music.voices import Player, voice_among

TICKS_PER_QUARTER = 480

VOICE_PROGRAMS = (52, 53, 54)
"""The MIDI programs of voices, counted from 0; the first is written."""

SLOWEST, FASTEST = 4, 1000
"""The tempos that are written, in quarter notes a minute."""

LOWEST, HIGHEST = 21, 108
"""The keys of a piano, as MIDI pitches."""

# About 14 hours at 120 quarter notes a minute; a longer score is a corrupt file.
_MAX_QUARTERS = 100_000
# Says that a score is a reduction whose second track is its voice, whatever it sings.
_SONG_MARK = "seqzoo: voice and piano"
# With these, a bar is a whole number of sixteenths.
_DENOMINATORS = (1, 2, 4, 8, 16)


class ScoreError(SeqzooError, ValueError):
    """A score that cannot be used; says which file, what is wrong and what to do."""


class PianoNote(NamedTuple):
    """A sounding note; times in ticks, 480 to a quarter note, `end` exclusive."""

    onset: int
    pitch: int
    end: int
    velocity: int


class SongParts(NamedTuple):
    """The notes of a piano, and those of a voice that it accompanies, if any."""

    piano: list[PianoNote]
    voice: list[PianoNote]


class Key(NamedTuple):
    """A key: its sharps, or its flats as a negative number, and its mode."""

    fifths: int
    is_minor: bool


class TimeSignature(NamedTuple):
    """A time signature and the tick from which it holds."""

    onset: int
    numerator: int
    denominator: int


class Bar(NamedTuple):
    """A bar, from the tick `start` to the tick `end`, and the time signature it is in."""

    start: int
    end: int
    numerator: int
    denominator: int


def printable(text: str) -> str:
    """A text without what MIDI files may have in names and XML may not."""
    return "".join(character for character in text if character.isprintable()).strip()


def bar_ticks(numerator: int, denominator: int) -> int:
    """The length of a bar in ticks."""
    return 4 * TICKS_PER_QUARTER * numerator // denominator


def piano_score(
    notes: Iterable[PianoNote],
    time_signatures: Iterable[TimeSignature] = (),
    tempo: float | None = None,
    name: str = "",
    voice: Iterable[PianoNote] = (),
    key: Key | None = None,
    has_voice: bool = False,
) -> symusic.Score:
    """Makes a piano reduction: a track of one strand of notes for each pitch, and a voice, if any.

    Args:
        notes: The notes of all parts but the voice, in any order. Notes without length are left
            out; of one pitch that starts twice at once the longest stays; a note that still
            sounds when its pitch starts again ends there.
        time_signatures: The time signatures, in any order. Those whose bars are no whole number of
            sixteenths are left out; 4/4 stands at the start if nothing else does.
        tempo: Quarter notes a minute. Defaults to 120, also if it is not between 4 and 1,000.
        name: The name of the first track; what cannot be printed is left out.
        voice: The notes of the voice, which become the second track, in a MIDI program of voices.
        key: The key of the piece. Defaults to none that is known.
        has_voice: Whether there is a voice though it is silent here, as before its first note.

    Raises:
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    score = symusic.Score(TICKS_PER_QUARTER)
    score.tracks.append(_track(printable(name), 0, one_strand_a_pitch(notes)))
    sung = one_strand_a_pitch(voice)
    if sung or has_voice:
        score.tracks.append(_track("Voice", VOICE_PROGRAMS[0], sung))
        score.markers.append(symusic.TextMeta(0, _SONG_MARK))
    if key is not None:
        score.key_signatures.append(symusic.KeySignature(0, key.fifths, int(key.is_minor)))
    for time_signature in _time_signatures_from_start(time_signatures):
        score.time_signatures.append(symusic.TimeSignature(*time_signature))
    # A MIDI file cannot hold a slower one.
    score.tempos.append(symusic.Tempo(0, tempo if tempo and SLOWEST <= tempo <= FASTEST else 120))
    return score


def reduced(score: symusic.Score, voice_track: str | None = None) -> symusic.Score:
    """The piano reduction of a score: its tracks without drums as one; see `piano_score`.

    A voice stays a track of its own; see `voice_among`. The key is that of the start, the tempo
    that of the first note. The name is that of the track if there is just one, or of the piano
    beside a voice (several are named after instruments or hands).

    Args:
        score: The score.
        voice_track: The name or number of the track that is the voice. Defaults to finding it.

    Raises:
        VoiceError: If there is no such track.
        ScoreError: If a note lies before the start or after 100,000 quarter notes, or quarter
            notes have no ticks.
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
    # Of several tempos at one tick the last one holds.
    begin_in_tempo(
        reduction, [(round(tempo.time * scale), tempo.qpm) for tempo in reversed(score.tempos)]
    )
    return reduction


def begin_in_tempo(score: symusic.Score, marks: Sequence[tuple[int, float]]) -> None:
    """Gives a piano reduction the tempo of its first note.

    If no mark stands there or before, it is the tempo of the bar line that follows: before it there
    is an upbeat only.

    Args:
        score: The reduction; it keeps its tempo if there is no mark.
        marks: Ticks, each with the quarter notes a minute that hold from there. Of several at one
            tick the first counts; what cannot be written does not.
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
    """The key in which a score says that it begins; `None` if it says nothing."""
    keys = [
        Key(sign.key, bool(sign.tonality))
        for sign in score.key_signatures
        if sign.time == 0 and -7 <= sign.key <= 7
    ]
    return keys[0] if keys else None


def song_parts(score: symusic.Score) -> SongParts:
    """The notes of a score apart: those of the voice, if there is one, and the others."""
    return _parts(score, _voice_index(score))


def has_voice(score: symusic.Score) -> bool:
    """Whether a score has a voice; it may be silent."""
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
    place = voice_among(players, wanted)
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
    """The notes of all tracks but drums in ticks of 480 to a quarter note, by onset and pitch."""
    return _sounding([track for track in score.tracks if not track.is_drum], score)


def can_be_played(score: symusic.Score) -> bool:
    """Whether a score has notes on the keys of a piano."""
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
            # However coarse the ticks, a note keeps a length; a grace note has none.
            end = max(round((onset + duration) * scale), start + (duration > 0))
            notes.append(PianoNote(start, pitch, end, velocity))
    return sorted(notes)


def one_strand_a_pitch(notes: Iterable[PianoNote]) -> list[PianoNote]:
    """The notes by onset and pitch, such that no two of one pitch overlap; see `piano_score`."""
    strands: dict[int, list[PianoNote]] = {}
    for note in sorted(notes, key=lambda note: (note.onset, -note.end)):
        if not 0 <= note.onset <= note.end <= _MAX_QUARTERS * TICKS_PER_QUARTER:
            raise ScoreError(f"notes lie outside the first {_MAX_QUARTERS:,} quarter notes")
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
    """The bars of a piano reduction; at least one.

    A time signature that comes inside a bar cuts that bar short.

    Args:
        score: The reduction.
        end: The tick up to which there are bars. Defaults to the end of the last note.
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
        raise ScoreError("a quarter note has no ticks")
    return TICKS_PER_QUARTER / score.ticks_per_quarter
