"""Audio rendering of scores."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import symusic

from seqzoo.core.atomic import atomic_file
from seqzoo.core.errors import SeqzooError
from seqzoo.zoo.music.reader import to_midi

_FONT_FOLDERS = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts")
_FONT_SUFFIXES = (".sf2", ".sf3")
_SAMPLE_RATE = 44_100


class SoundError(SeqzooError):
    """Raised if sound cannot be rendered; the message says what is missing."""


def write_wav(
    score: symusic.Score,
    path: str | os.PathLike,
    sound_font: str | os.PathLike | None = None,
) -> None:
    """Renders the piano reduction of a score to a WAV file with fluidsynth.

    Args:
        score: The score.
        path: The file (.wav): 44,100 Hz, stereo, 16 bits; written atomically.
        sound_font: A sound font (.sf2, .sf3). Defaults to an installed one.

    Raises:
        SoundError: If fluidsynth or the sound font is missing, or rendering fails.
        OSError: If the file cannot be written.
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    program = shutil.which("fluidsynth")
    if program is None:
        raise SoundError("There is no WAV: install the program fluidsynth.")
    font = _default_font() if sound_font is None else Path(sound_font)
    if not font.is_file():
        raise SoundError(f"There is no sound font {font}: give a .sf2 or .sf3 file.")
    with atomic_file(path) as written, tempfile.TemporaryDirectory() as folder:
        midi = Path(folder) / "score.mid"
        midi.write_bytes(to_midi(score))
        ran = subprocess.run(
            [
                *(program, "--no-shell", "--no-midi-in", "--quiet"),
                *("--sample-rate", str(_SAMPLE_RATE), "--audio-file-type", "wav"),
                *("--audio-file-format", "s16", f"--fast-render={written}"),
                *(font, midi),
            ],
            capture_output=True,
            text=True,
        )
        # fluidsynth reports an invalid font by a message only, not by its exit status.
        if ran.returncode or "error" in ran.stderr or not written.exists():
            reason = " ".join(ran.stderr.split()) or f"exit status {ran.returncode}"
            raise SoundError(f"fluidsynth cannot play with {font}: {reason}")


def _default_font() -> Path:
    fonts = [
        path
        for folder in map(Path, _FONT_FOLDERS)
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.suffix in _FONT_SUFFIXES and path.is_file()
    ]
    if not fonts:
        raise SoundError(
            "There is no WAV: install a sound font, such as the package fluid-soundfont-gm, or "
            "name one."
        )
    return fonts[0]
