"""Base classes of tokenizers: the vocabulary and its files in a preset."""

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
    """Returns the texts joined as lines, each ending in a newline."""
    return "".join(f"{text}\n" for text in texts)


def _lines_of(path):
    """Reads a file that `lines` wrote; a line may contain spaces."""
    return path.read_text("utf-8").removesuffix("\n").split("\n")


class VocabularyTokenizer(keras_nlp.tokenizers.Tokenizer):
    """A tokenizer whose vocabulary is `get_vocabulary()`, indexed by id.

    Attributes:
        vocabulary_files: Names of the preset files that hold the vocabulary.
    """

    vocabulary_files: Sequence[str] = ("vocabulary.txt",)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.file_assets = list(self.vocabulary_files)

    def get_vocabulary(self) -> list[str]:
        """Returns the tokens in the order of their ids."""
        raise NotImplementedError(f"{type(self).__name__} must define `get_vocabulary`.")

    def vocabulary_size(self) -> int:
        """Returns the number of tokens."""
        return len(self.get_vocabulary())

    def id_to_token(self, id: int) -> str:
        """Returns the token with this id."""
        return self.get_vocabulary()[id]

    def token_to_id(self, token: str) -> int:
        """Returns the id of a token."""
        return self.get_vocabulary().index(token)


class FixedVocabularyTokenizer(VocabularyTokenizer):
    """A tokenizer whose vocabulary does not depend on data.

    The first three tokens are padding, start and end. Presets store the whole vocabulary, which
    documents the meaning of the ids.

    Attributes:
        vocabulary_source: What defines the tokens; shown in the error about a preset whose
            vocabulary differs.
    """

    vocabulary_source: str = "this version of seqzoo"

    def add_special_tokens(self) -> None:
        """Sets the padding, start and end tokens; call it once the vocabulary is known."""
        names = ("pad_token", "start_token", "end_token")
        for token, name in zip(self.get_vocabulary(), names, strict=False):
            add_special_token(self, token, name)

    def save_assets(self, dir_path: str | os.PathLike[str]) -> None:
        """Writes the vocabulary, as a JSON list or one token per line."""
        (name,), tokens = self.vocabulary_files, self.get_vocabulary()
        text = json.dumps(tokens) if name.endswith(".json") else lines(tokens)
        Path(dir_path, name).write_text(text, "utf-8")

    def load_assets(self, dir_path: str | os.PathLike[str]) -> None:
        """Checks that the vocabulary of a preset equals this one.

        Raises:
            ValueError: If it differs, so that ids would map to other tokens.
        """
        (name,) = self.vocabulary_files
        path = Path(dir_path, name)
        tokens = read_json(path) if name.endswith(".json") else _lines_of(path)
        if tokens != self.get_vocabulary():
            raise ValueError(f"the vocabulary in {name} is not the one of {self.vocabulary_source}")


class LearnedVocabularyTokenizer(VocabularyTokenizer):
    """A tokenizer whose vocabulary comes from data; its files hold one token per line."""

    def vocabulary_entries(self) -> Sequence[Sequence[str]]:
        """Returns the entries of each of `vocabulary_files`."""
        raise NotImplementedError(f"{type(self).__name__} must define `vocabulary_entries`.")

    def set_vocabularies(self, *entries: Sequence[str]) -> None:
        """Sets the vocabularies from the entries of each of `vocabulary_files`."""
        raise NotImplementedError(f"{type(self).__name__} must define `set_vocabularies`.")

    def save_assets(self, dir_path: str | os.PathLike[str]) -> None:
        """Writes the vocabularies, one entry per line."""
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
