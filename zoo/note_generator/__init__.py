"""Continues a score: polyphonic music as a sequence of events.

The parts that need Keras are loaded when they are first used, so that reading a score does not.
"""

from seqzoo.lazy import lazy_names

__getattr__ = lazy_names(
    __name__,
    {
        "Conditions": "conditions",
        "NoteGenerator": "task",
        "NoteGeneratorBackbone": "backbone",
        "NoteGeneratorPreprocessor": "preprocessor",
        "NoteTokenizer": "tokenizer",
        "ScoreError": "score_reader",
        "complete": "completion",
        "continue_for": "bar_limit",
        "draw_piano_roll": "piano_roll",
        "first_bars": "opening",
        "find_scores": "score_reader",
        "harmonise": "accompaniment",
        "read_score": "score_reader",
        "write_midi": "score_writer",
        "write_musicxml": "score_writer",
        "write_pages": "engraving",
        "write_wav": "sound",
    },
)
