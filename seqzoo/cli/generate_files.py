"""Output files of composed scores."""

from pathlib import Path

import symusic

from seqzoo.core.progress import note
from seqzoo.zoo.music.audio import SoundError, write_wav
from seqzoo.zoo.music.engraving import EngravingError, write_pages
from seqzoo.zoo.music.piano_roll import draw_piano_roll
from seqzoo.zoo.music.writer import write_midi, write_musicxml


def write_files(
    score: symusic.Score, composer: str, prompt_ticks: int, out: Path, sound_font: Path | None
) -> None:
    """Writes MIDI, MusicXML, a piano roll, pages and sound, and prints their paths.

    Files that need a missing program or package are left out, with a message.

    Raises:
        SoundError: If a sound font was given and cannot be used.
    """
    write_midi(score, out / "score.mid")
    print(f"MIDI: {out / 'score.mid'}")
    write_musicxml(score, out / "score.musicxml", composer)
    print(f"MusicXML: {out / 'score.musicxml'}")
    draw_piano_roll(score, out / "score.png", prompt_ticks=prompt_ticks)
    print(f"Piano roll: {out / 'score.png'}")
    try:
        pages = write_pages(score, out / "score.svg", composer)
        print(f"Engraved: {', '.join(map(str, pages))}")
    except EngravingError as error:
        note(str(error))
    try:
        write_wav(score, out / "score.wav", sound_font)
        print(f"Sound: {out / 'score.wav'}")
    except SoundError as error:
        if sound_font is not None:
            raise
        note(str(error))
