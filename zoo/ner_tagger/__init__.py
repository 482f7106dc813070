"""Finds named entities in text (many to many): people, organisations, places, laws.

The parts that need Keras are loaded when they are first used, so that reading a file does not.
"""

from seqzoo.lazy import lazy_names

__getattr__ = lazy_names(
    __name__,
    {
        "ConllError": "conll_reader",
        "Entity": "entity",
        "NERTagger": "task",
        "NERTaggerBackbone": "backbone",
        "NERTaggerPreprocessor": "preprocessor",
        "NERTokenizer": "tokenizer",
        "TaggedSentence": "tagged_sentence",
        "read_conll": "conll_reader",
    },
)
