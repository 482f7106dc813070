"""The vocabulary of events."""

import functools
import itertools

import miditok

from seqzoo.zoo.note_generator.conditions import (
    BEATS_OF_BARS,
    ENSEMBLE_TOKENS,
    KEY_TOKENS,
    TEMPO_TOKENS,
)
from seqzoo.zoo.note_generator.events.names import PARTS, kind_and_value
from seqzoo.zoo.note_generator.events.transposed_pitch import HIGHEST_WRITTEN, LOWEST_WRITTEN


@functools.cache
def remi() -> miditok.REMI:
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
            # Stands for the parts; miditok sorts by program number.
            programs=list(range(len(PARTS))),
            use_time_signatures=True,
            time_signature_range={beat: list(beats) for beat, beats in BEATS_OF_BARS.items()},
        )
    )


@functools.cache
def vocabulary() -> dict[str, int]:
    """Returns the ids of the events by name, in the order of the ids."""
    names = sorted(remi().vocab, key=remi().vocab.get)
    renamed = []
    for kind, group in itertools.groupby(names, lambda name: kind_and_value(name)[0]):
        values = [kind_and_value(name)[1] for name in group]
        kinds = {"Program": (), "Pitch": PARTS}.get(kind, (kind,))
        renamed += [f"{kind}_{value}" for kind in kinds for value in values]
    return {name: index for index, name in enumerate(renamed)}
