"""The tokenizer of the note generator: scores as events."""

import functools
import itertools
from typing import Any

import keras
import miditok
import numpy as np
import symusic
import tensorflow as tf

from seqzoo.zoo.base.tokenizer import FixedVocabularyTokenizer
from seqzoo.zoo.music.reader import from_midi
from seqzoo.zoo.music.score import (
    HIGHEST,
    LOWEST,
    TICKS_PER_QUARTER,
    PianoNote,
    TimeSignature,
    piano_score,
    song_parts,
)
from seqzoo.zoo.note_generator.backbone import NoteGeneratorBackbone
from seqzoo.zoo.note_generator.conditions import (
    BEATS_OF_BARS,
    ENSEMBLE_TOKENS,
    KEY_TOKENS,
    TEMPO_TOKENS,
    conditions_of,
    header_values,
)
from seqzoo.zoo.note_generator.events.names import PARTS, kind_and_value
from seqzoo.zoo.note_generator.transposed_pitch import (
    HIGHEST_WRITTEN,
    LOWEST_WRITTEN,
    semitones_above_written,
)

BAR = "Bar_None"
"""The event that starts a bar."""

# MIDI programs that represent the two parts in miditok, which sorts by program number.
_VOICE, _PIANO = 0, 1


@functools.cache
def _remi() -> miditok.REMI:
    """Returns the REMI tokenizer: bar, time signature, position, then pitch and duration of notes.

    REMI (Huang & Yang 2020, arXiv:2002.00212) without velocities, which notated scores do not have.
    At each position the voice comes before the piano, so that the piano is conditioned on it.
    """
    return miditok.REMI(
        miditok.TokenizerConfig(
            pitch_range=(LOWEST_WRITTEN, HIGHEST_WRITTEN),
            # Twelve positions per beat represent sixteenths and triplets. A beat of miditok is the
            # denominator of the time signature; for half notes the grid would be too coarse.
            beat_res={(0, 4): 12, (4, 12): 4},
            special_tokens=["PAD", "BOS", "EOS", *ENSEMBLE_TOKENS, *KEY_TOKENS, *TEMPO_TOKENS],
            use_velocities=False,
            use_pitchdrum_tokens=False,
            use_programs=True,
            one_token_stream_for_programs=True,
            program_changes=True,
            programs=[_VOICE, _PIANO],
            use_time_signatures=True,
            time_signature_range={beat: list(beats) for beat, beats in BEATS_OF_BARS.items()},
        )
    )


@keras.saving.register_keras_serializable("seqzoo")
class NoteTokenizer(FixedVocabularyTokenizer):
    """Turns scores into event ids and back.

    A raw input is the bytes of a Standard MIDI File, the form in which scores pass through
    `tf.data`; the empty string is the empty score. A score begins with the events of its
    conditions: ensemble, key and tempo. Pitch events name the part and are transposed to C major or
    A minor: `Piano_60` is the tonic of every major key. Ids are ragged, without start and end
    tokens. `detokenize` returns `symusic.Score`s with 480 ticks per quarter note. Notes outside the
    88 keys of a piano are left out.

    >>> tokenizer = NoteTokenizer()
    >>> tokenizer.vocabulary_size(), tokenizer.id_to_token(tokenizer.start_token_id)
    (483, 'BOS_None')
    """

    backbone_cls = NoteGeneratorBackbone
    vocabulary_files = ("vocabulary.json",)
    vocabulary_source = "this version of seqzoo and miditok"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_special_tokens()

    def tokenize(self, inputs: Any) -> Any:
        """Converts MIDI bytes, a string tensor `()` or `(batch,)`, to event ids, int32."""
        inputs = tf.convert_to_tensor(inputs)
        flat, lengths = tf.numpy_function(
            _encode, [tf.reshape(inputs, [-1])], (tf.int32, tf.int64), stateful=False
        )
        flat, lengths = tf.ensure_shape(flat, [None]), tf.ensure_shape(lengths, [None])
        if inputs.shape.rank == 0:
            return flat
        return tf.RaggedTensor.from_row_lengths(flat, lengths)

    def detokenize(self, inputs: Any) -> Any:
        """Converts a sequence of event ids to a score, or a list of sequences to scores.

        Events that are invalid in their context, such as a pitch without a duration, are skipped.
        """
        if len(inputs) and np.ndim(inputs[0]) > 0:
            return [self.detokenize(ids) for ids in inputs]
        return _decode([int(i) for i in inputs])

    def get_vocabulary(self) -> list[str]:
        """Returns the names of the events in the order of their ids."""
        return list(_vocabulary())

    def token_to_id(self, token: str) -> int:
        """Returns the id of an event name."""
        return _vocabulary()[token]


def _encode(midis):
    sequences = [_encode_one(midi) for midi in midis]
    lengths = np.array([len(s) for s in sequences], "int64")
    return np.concatenate([*sequences, []]).astype("int32"), lengths


def _encode_one(midi: bytes) -> list[int]:
    if not midi:
        return []
    score = from_midi(midi)
    header = conditions_of(score)
    above = semitones_above_written(header_values(header)[0])
    for time_signature in score.time_signatures:
        time_signature.numerator, time_signature.denominator = _in_quarters(
            time_signature.numerator, time_signature.denominator
        )
    piano, voice = song_parts(score)
    score.tracks = [
        _part(program, notes, above)
        for program, notes in ((_VOICE, voice), (_PIANO, piano))
        if notes
    ]
    events = _without_programs(_remi().encode(score).tokens)
    return [_vocabulary()[name] for name in (*header, *events)]


def _without_programs(names):
    """Merges miditok's program events into the pitch events."""
    for name in names:
        kind, value = kind_and_value(name)
        if kind == "Program":
            part = PARTS[int(value)]
        else:
            yield f"{part}_{value}" if kind == "Pitch" else name


def _with_programs(names):
    """Splits pitch events into program and pitch events; the inverse of `_without_programs`."""
    yield f"Program_{_PIANO}"  # miditok fails on an empty sequence
    for name in names:
        kind, value = kind_and_value(name)
        if kind in PARTS:
            yield from (f"Program_{PARTS.index(kind)}", f"Pitch_{value}")
        else:
            yield name


def _in_quarters(numerator, denominator):
    """Converts time signatures in whole or half notes to quarters: 2/2 becomes 4/4."""
    return max(numerator, numerator * 4 // denominator), max(denominator, 4)


def _part(program, notes, above):
    track = symusic.Track(program=program, is_drum=False)
    for note in _on_the_keys(notes):
        duration = note.end - note.onset
        track.notes.append(symusic.Note(note.onset, duration, note.pitch - above, 64))
    return track


def _on_the_keys(notes):
    return [note for note in notes if LOWEST <= note.pitch <= HIGHEST]


def _decode(ids: list[int]) -> symusic.Score:
    vocabulary = list(_vocabulary())
    key, tempo = header_values([vocabulary[i] for i in ids])
    events = _with_programs(vocabulary[i] for i in ids if i >= _first_event())
    score = _remi().decode([_remi().vocab[name] for name in events])
    score = score.resample(TICKS_PER_QUARTER, min_dur=1)
    above = semitones_above_written(key)
    parts: dict[int, list[PianoNote]] = {_VOICE: [], _PIANO: []}
    for track in score.tracks:
        written = song_parts(_alone(score, track)).piano
        sounding = [note._replace(pitch=note.pitch + above) for note in written]
        parts[track.program] += _on_the_keys(sounding)
    time_signatures = [
        TimeSignature(s.time, s.numerator, s.denominator) for s in score.time_signatures
    ]
    return piano_score(parts[_PIANO], time_signatures, tempo, voice=parts[_VOICE], key=key)


def _alone(score, track):
    alone = symusic.Score(score.ticks_per_quarter)
    alone.tracks.append(track)
    return alone


@functools.cache
def _vocabulary() -> dict[str, int]:
    """Returns the ids of the events by name, in the order of the ids."""
    names = sorted(_remi().vocab, key=_remi().vocab.get)
    renamed = []
    for kind, group in itertools.groupby(names, lambda name: kind_and_value(name)[0]):
        values = [kind_and_value(name)[1] for name in group]
        kinds = {"Program": (), "Pitch": PARTS}.get(kind, (kind,))
        renamed += [f"{kind}_{value}" for kind in kinds for value in values]
    return {name: index for index, name in enumerate(renamed)}


def _first_event() -> int:
    return _vocabulary()[BAR]
