"""Small scores that the tests are about, and how to look at them."""

import symusic
from music21 import corpus

QUARTER = 480


def corpus_path(name):
    """The file of a piece in music21's corpus."""
    return corpus.getWork(name)


def heard(score):
    """The notes of a score as (onset, pitch, duration), times in quarter notes."""
    notes = [note for track in score.tracks for note in track.notes]
    return [(n.time / QUARTER, n.pitch, n.duration / QUARTER) for n in notes]


def time_signatures(score):
    """The time signatures of a score, each with the quarter note at which it starts."""
    return [(m.time / QUARTER, f"{m.numerator}/{m.denominator}") for m in score.time_signatures]


def piano(*notes, time_signature=(4, 4), name="", qpm=120):
    """A score of notes (onset, pitch, duration), times in quarter notes."""
    score = symusic.Score(QUARTER)
    track = symusic.Track(name=name, program=0, is_drum=False)
    for onset, pitch, duration in notes:
        track.notes.append(
            symusic.Note(round(onset * QUARTER), round(duration * QUARTER), pitch, 80)
        )
    score.tracks.append(track)
    score.time_signatures.append(symusic.TimeSignature(0, *time_signature))
    score.tempos.append(symusic.Tempo(0, qpm))
    return score


def musicxml(*parts, header="", part_list=None):
    """MusicXML with parts, each a list of measures; durations are in twelfths of a quarter."""
    names = part_list or [
        f'<score-part id="P{i}"><part-name/></score-part>' for i in range(len(parts))
    ]
    written = [
        f'<part id="P{i}">'
        + "".join(f'<measure number="{m}">{xml}</measure>' for m, xml in enumerate(part))
        + "</part>"
        for i, part in enumerate(parts)
    ]
    return (
        f'<score-partwise version="4.0">{header}<part-list>{"".join(names)}</part-list>'
        f"{''.join(written)}</score-partwise>"
    )


def attributes(time_signature="4/4", more=""):
    """The attributes of a first measure."""
    return f"<attributes><divisions>12</divisions>{time(time_signature)}{more}</attributes>"


def time(time_signature):
    """A time signature within attributes."""
    beats, beat_type = time_signature.split("/")
    return f"<time><beats>{beats}</beats><beat-type>{beat_type}</beat-type></time>"


def note(name, duration, tie=(), chord=False, voice=1, staff=None):
    """A note such as "C4" or "F#3"; "-" is a rest."""
    step, alter, octave = name[0], name.count("#"), name[-1]
    pitch = f"<step>{step}</step><alter>{alter}</alter><octave>{octave}</octave>"
    return (
        "<note>"
        + "<chord/>" * chord
        + ("<rest/>" if name == "-" else f"<pitch>{pitch}</pitch>")
        + f"<duration>{duration}</duration>"
        + "".join(f'<tie type="{kind}"/>' for kind in tie)
        + f"<voice>{voice}</voice>"
        + (f"<staff>{staff}</staff>" if staff else "")
        + "</note>"
    )


def backup(duration):
    """A step back in time, to where another voice starts."""
    return f"<backup><duration>{duration}</duration></backup>"
