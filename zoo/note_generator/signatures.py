"""Export signatures of the note generator that return notes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.note_generator.events.notes import EventNotes

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


def compose_signature(task: NoteGenerator, generate: Signature) -> Signature:
    """Returns the SavedModel signature `compose`: the outputs of `generate`, and notes.

    Args:
        task: A `NoteGenerator`.
        generate: Its signature `generate`, whose inputs `compose` shares.

    Returns:
        The signature. Its outputs are those of `generate` and of `EventNotes`, for the whole piece
        including the prompt.
    """
    notes_of = EventNotes(task.preprocessor.tokenizer)

    def with_notes(generated):
        return {**generated, **notes_of(generated["token_ids"])}

    def compose(token_ids, length, temperature, seed):
        return with_notes(generate.function(token_ids, length, temperature, seed))

    def reference(**example):
        generated = generate.reference(**example) if generate.reference else None
        return generated and with_notes(generated)

    return dataclasses.replace(generate, function=compose, reference=reference)
