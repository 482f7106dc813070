"""The base of tokenizers: their vocabulary, and the files that keep it in a preset."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import keras_nlp

from seqzoo.core.file_checks.json_files import read_json
from seqzoo.core.keras_internals import add_special_token


def lines(texts: Iterable[str]) -> str:
    """Texts as the lines of a file."""
    return "".join(f"{text}\n" for text in texts)


def _lines_of(path):
    """What `lines` wrote; a line may hold spaces."""
    return path.read_text("utf-8").removesuffix("\n").split("\n")


class VocabularyTokenizer(keras_nlp.tokenizers.Tokenizer):
    """A tokenizer whose tokens are those of `get_vocabulary`, by id.

    Attributes:
        vocabulary_files: The files of a preset that keep the vocabulary.
    """

    vocabulary_files: Sequence[str] = ("vocabulary.txt",)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.file_assets = list(self.vocabulary_files)

    def get_vocabulary(self) -> list[str]:
        """The tokens, by id."""
        raise NotImplementedError(f"{type(self).__name__} must define `get_vocabulary`.")

    def vocabulary_size(self) -> int:
        """The number of ids."""
        return len(self.get_vocabulary())

    def id_to_token(self, id: int) -> str:
        """The token of an id."""
        return self.get_vocabulary()[id]

    def token_to_id(self, token: str) -> int:
        """The id of a token."""
        return self.get_vocabulary().index(token)


class FixedVocabularyTokenizer(VocabularyTokenizer):
    """A tokenizer that knows its tokens without any data.

    The first three are padding, the start and the end. A preset keeps them all, so that it says
    what its ids mean.

    Attributes:
        vocabulary_source: What decides the tokens, for the error of a preset with others.
    """

    vocabulary_source: str = "this version of seqzoo"

    def add_special_tokens(self) -> None:
        """Names padding, the start and the end; called when the vocabulary is known."""
        names = ("pad_token", "start_token", "end_token")
        for token, name in zip(self.get_vocabulary(), names, strict=False):
            add_special_token(self, token, name)

    def save_assets(self, dir_path: str | os.PathLike[str]) -> None:
        """Writes the vocabulary: a JSON list, or a token a line."""
        (name,), tokens = self.vocabulary_files, self.get_vocabulary()
        text = json.dumps(tokens) if name.endswith(".json") else lines(tokens)
        Path(dir_path, name).write_text(text, "utf-8")

    def load_assets(self, dir_path: str | os.PathLike[str]) -> None:
        """Checks the vocabulary of a preset.

        Raises:
            ValueError: If the ids of the preset mean other tokens.
        """
        (name,) = self.vocabulary_files
        path = Path(dir_path, name)
        tokens = read_json(path) if name.endswith(".json") else _lines_of(path)
        if tokens != self.get_vocabulary():
            raise ValueError(f"the vocabulary in {name} is not the one of {self.vocabulary_source}")


class LearnedVocabularyTokenizer(VocabularyTokenizer):
    """A tokenizer whose tokens come from data, and are kept in files of a token a line."""

    def vocabulary_entries(self) -> Sequence[Sequence[str]]:
        """What each of `vocabulary_files` holds."""
        raise NotImplementedError(f"{type(self).__name__} must define `vocabulary_entries`.")

    def set_vocabularies(self, *entries: Sequence[str]) -> None:
        """Takes what each of `vocabulary_files` held."""
        raise NotImplementedError(f"{type(self).__name__} must define `set_vocabularies`.")

    def save_assets(self, dir_path: str | os.PathLike[str]) -> None:
        """Writes the vocabularies, an entry a line."""
        for name, entries in zip(self.vocabulary_files, self.vocabulary_entries(), strict=True):
            Path(dir_path, name).write_text(lines(entries), "utf-8", newline="\n")

    def load_assets(self, dir_path: str | os.PathLike[str]) -> None:
        """Reads the vocabularies of a preset."""
        self.set_vocabularies(
            *(
                Path(dir_path, name).read_bytes().decode("utf-8").split("\n")[:-1]
                for name in self.vocabulary_files
            )
        )
