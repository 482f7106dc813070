"""What a phone needs beside the network: vocabularies, and how text becomes ids."""

import json
from pathlib import Path

from seqzoo.zoo.base.vocabulary import lines
from seqzoo.zoo.ner_tagger import reference_splitter


def tflite_files(task) -> dict[str, str]:
    """The files that are packed into the TFLite file of a `NERTagger`.

    - `words.txt` and `characters.txt`: a key a line, by id from 0: padding, the unknown one, then
      those of the vocabulary.
    - `tags.txt`: a tag a line, by id from 0.
    - `settings.json`: `passage_words`, see `NERTaggerPreprocessor`, and `word_length`, the
      characters of a word that are read.
    - `reference_splitter.py`: the words of a text, their keys and shapes, in plain Python; for
      tests, and to be written anew in the language of the phone.

    Args:
        task: The tagger.
    """
    tokenizer = task.preprocessor.tokenizer
    settings = {
        "passage_words": task.preprocessor.passage_words,
        "word_length": tokenizer.word_length,
    }
    return {
        "words.txt": lines(tokenizer.get_vocabulary()),
        "characters.txt": lines(tokenizer.get_character_vocabulary()),
        "tags.txt": lines(task.tags),
        "settings.json": json.dumps(settings),
        "reference_splitter.py": Path(reference_splitter.__file__).read_text("utf-8"),
    }
