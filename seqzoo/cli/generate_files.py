"""Output files of composed scores."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import symusic

from seqzoo.core.progress import note
from seqzoo.zoo.music.audio import SoundError, write_wav
from seqzoo.zoo.music.chord_symbols import PlacedChord
from seqzoo.zoo.music.engraving import EngravingError, write_pages
from seqzoo.zoo.music.piano_roll import draw_piano_roll
from seqzoo.zoo.music.writer import write_midi, write_musicxml


class Written(NamedTuple):
    """The files of a score, and sentences about those that need a missing program or package."""

    files: dict[str, list[Path]]
    missing: list[str]

    def tell(self) -> None:
        """Prints the paths by kind, and the sentences."""
        for kind, paths in self.files.items():
            print(f"{kind}: {', '.join(map(str, paths))}")
        for sentence in self.missing:
            note(sentence)


def write_files(
    score: symusic.Score,
    composer: str,
    prompt_ticks: int,
    out: Path,
    sound_font: Path | None,
    chords: Sequence[PlacedChord] = (),
) -> Written:
    """Writes MIDI, MusicXML, a piano roll, pages and sound.

    Files that need a missing program or package are left out.

    Raises:
        SoundError: If a sound font was given and cannot be used.
    """
    midi, musicxml, roll, wav = (
        out / f"score.{suffix}" for suffix in ("mid", "musicxml", "png", "wav")
    )
    write_midi(score, midi)
    write_musicxml(score, musicxml, composer, chords)
    draw_piano_roll(score, roll, prompt_ticks=prompt_ticks)
    written = Written({"MIDI": [midi], "MusicXML": [musicxml], "Piano roll": [roll]}, [])
    try:
        written.files["Engraved"] = write_pages(score, out / "score.svg", composer, chords)
    except EngravingError as error:
        written.missing.append(str(error))
    try:
        write_wav(score, wav, sound_font)
        written.files["Sound"] = [wav]
    except SoundError as error:
        if sound_font is not None:
            raise
        written.missing.append(str(error))
    return written
