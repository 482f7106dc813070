"""Data sets of scores from the installed music21 corpus."""

from pathlib import Path

from seqzoo.training.data.music.pieces import Piece
from seqzoo.training.datasets.piece_builder import PieceBuilder


class CorpusBuilder(PieceBuilder, skip_registration=True):  # type: ignore[call-arg]
    """Reads scores of the installed music21 corpus; nothing is downloaded or copied."""

    homepage = "https://www.music21.org/music21docs/about/referenceCorpus.html"
    composer = ""
    pattern = ""

    def paths(self) -> list[Path]:
        """Returns the files of the corpus, sorted by name."""
        from music21 import corpus

        return sorted(
            p for p in map(Path, corpus.getComposer(self.composer)) if p.match(self.pattern)
        )

    def pieces(self) -> list[Piece]:
        """Returns the pieces of the corpus."""
        return self.read(self.paths())
