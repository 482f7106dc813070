import shutil
import wave

import numpy as np
import pytest

from seqzoo.zoo.music import audio as sound
from seqzoo.zoo.music.audio import SoundError, write_wav
from tests.zoo.music.scores import piano


def _can_play():
    try:
        sound._default_font()
    except SoundError:
        return False
    return shutil.which("fluidsynth") is not None


needs_player = pytest.mark.skipif(not _can_play(), reason="no fluidsynth with a sound font")


@needs_player
def test_notes_sound_when_and_how_they_are_written(tmp_path):
    # Two seconds of A4, then two of E5, at 60 quarter notes a minute.
    write_wav(piano((0, 69, 2), (2, 76, 2), qpm=60), tmp_path / "a.wav")
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (44100, 2, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")[::2].astype(float)
    assert len(samples) >= 4 * 44100
    for start, hertz in ((0.5, 440.0), (2.5, 659.26)):
        second = samples[round(start * 44100) :][:44100]
        # A window of a second resolves a hertz; the fundamental of these keys is the strongest.
        loudest = np.argmax(np.abs(np.fft.rfft(second * np.hanning(44100))))
        assert abs(loudest - hertz) <= 3


@needs_player
def test_a_font_that_is_none_is_named(tmp_path):
    (tmp_path / "font.sf2").write_bytes(b"no font")
    with pytest.raises(SoundError, match=r"font\.sf2"):
        write_wav(piano((0, 69, 2)), tmp_path / "a.wav", tmp_path / "font.sf2")
    assert not (tmp_path / "a.wav").exists()


def test_what_is_missing_is_said(tmp_path, monkeypatch):
    score = piano((0, 69, 2))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SoundError, match="install the program fluidsynth"):
        write_wav(score, tmp_path / "a.wav")
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/false")
    with pytest.raises(SoundError, match=r"no sound font nowhere\.sf2"):
        write_wav(score, tmp_path / "a.wav", "nowhere.sf2")
    monkeypatch.setattr(sound, "_FONT_FOLDERS", (str(tmp_path), str(tmp_path / "none")))
    with pytest.raises(SoundError, match="install a sound font"):
        write_wav(score, tmp_path / "a.wav")
