"""The tokenizer of the note generator: scores as events."""

from typing import Any

import keras
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
from seqzoo.zoo.note_generator.conditions import conditions_of, header_values
from seqzoo.zoo.note_generator.events.names import BAR, PARTS, PIANO, VOICE, kind_and_value
from seqzoo.zoo.note_generator.events.vocabulary import remi, vocabulary
from seqzoo.zoo.note_generator.transposed_pitch import semitones_above_written


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
        return list(vocabulary())

    def token_to_id(self, token: str) -> int:
        """Returns the id of an event name."""
        return vocabulary()[token]


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
        _part(program, notes, above) for program, notes in ((VOICE, voice), (PIANO, piano)) if notes
    ]
    events = _without_programs(remi().encode(score).tokens)
    return [vocabulary()[name] for name in (*header, *events)]


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
    yield f"Program_{PIANO}"  # miditok fails on an empty sequence
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
    names = list(vocabulary())
    key, tempo = header_values([names[i] for i in ids])
    events = _with_programs(names[i] for i in ids if i >= _first_event())
    score = remi().decode([remi().vocab[name] for name in events])
    score = score.resample(TICKS_PER_QUARTER, min_dur=1)
    above = semitones_above_written(key)
    parts: dict[int, list[PianoNote]] = {VOICE: [], PIANO: []}
    for track in score.tracks:
        written = song_parts(_alone(score, track)).piano
        sounding = [note._replace(pitch=note.pitch + above) for note in written]
        parts[track.program] += _on_the_keys(sounding)
    time_signatures = [
        TimeSignature(s.time, s.numerator, s.denominator) for s in score.time_signatures
    ]
    return piano_score(parts[PIANO], time_signatures, tempo, voice=parts[VOICE], key=key)


def _alone(score, track):
    alone = symusic.Score(score.ticks_per_quarter)
    alone.tracks.append(track)
    return alone


def _first_event() -> int:
    return vocabulary()[BAR]
