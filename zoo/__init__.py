"""Ready recurrent models: a keras-hub task each, with its network and its preprocessor.

The models are loaded when they are first used, so that reading a score needs no TensorFlow.
"""

from seqzoo.lazy import lazy_names

MODELS = {"note-generator": "NoteGenerator", "ner": "NERTagger"}
"""The models by the names of the command line."""

__getattr__ = lazy_names(
    __name__,
    {
        "ConllError": "ner_tagger",
        "Entity": "ner_tagger",
        "NERTagger": "ner_tagger",
        "NERTaggerBackbone": "ner_tagger",
        "NERTaggerPreprocessor": "ner_tagger",
        "NERTokenizer": "ner_tagger",
        "NoteGenerator": "note_generator",
        "NoteGeneratorBackbone": "note_generator",
        "NoteGeneratorPreprocessor": "note_generator",
        "NoteTokenizer": "note_generator",
        "PresetError": "base.presets",
        "TaggedSentence": "ner_tagger",
        "read_conll": "ner_tagger",
        "shipped_presets": "base.shipped_presets",
    },
)
