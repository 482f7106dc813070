import pytest
import symusic

from seqzoo.zoo.music.reader import ScoreError, from_midi, read_score, to_midi
from seqzoo.zoo.music.score import has_voice, song_parts
from seqzoo.zoo.note_generator.prompt import first_bars
from tests.zoo.music.scores import attributes, backup, heard, musicxml, note, piano

LINE = [(i, 60 + i, 1) for i in range(8)]
CHORDS = [(i, pitch, 1) for i in range(8) for pitch in (48, 52, 55)]
# A singer's notes reach into each other, and divide once.
LEGATO = [(i, 72 - i, 1.1) for i in range(8)] + [(7, 76, 1)]


def track(name, notes, program=0):
    made = piano(*notes).tracks[0]
    made.name, made.program = name, program
    return made


def midi(*tracks):
    score = symusic.Score(480)
    score.tracks.extend([track(*each) for each in tracks])
    return score.dumps_midi()


PIANO = ("Piano", CHORDS)


@pytest.mark.parametrize(
    "name",
    [
        *("Melody", "vocals", "Lead Vocal", "VOICE", "Voz", "Canto", "Gesang", "Singstimme"),
        *("Soprano", "Sopran 1", "Tenor", "Mezzo-Soprano", "voce", "Chant", "01_Vocals", "Cantora"),
    ],
)
@pytest.mark.parametrize("program", [0, 40, 73])
def test_a_track_that_sings_by_its_name(name, program):
    score = from_midi(midi(PIANO, (name, LEGATO, program)))
    assert [track.name for track in score.tracks] == ["Piano", "Voice"]
    assert {n.pitch for n in song_parts(score).voice} == {n[1] for n in LEGATO}
    assert len(song_parts(score).piano) == len(CHORDS)


@pytest.mark.parametrize(
    "tracks",
    [
        # A pad in a program of voices plays chords, whatever it is called.
        [PIANO, ("Choir Aahs", CHORDS, 52)],
        [PIANO, ("Voice", CHORDS, 53)],
        [PIANO, ("Melody", CHORDS, 0)],
        [PIANO, ("Alto Sax", LINE, 65)],
        [PIANO, ("Backing vocals", LINE, 0)],
        [PIANO, ("Invoices", LINE, 0)],
        [PIANO, ("Soprano", LINE, 0), ("Alto", LINE, 0)],
        [PIANO, ("Soprano Violin", LINE, 0), ("Alto", LINE, 0), ("Tenor Viola", LINE, 0)],
        [("Melody", LINE, 0)],
        [PIANO, ("Aahs", LINE, 52), ("Oohs", LINE, 53)],
    ],
)
def test_no_voice(tracks):
    score = from_midi(midi(*tracks))
    assert not has_voice(score)
    assert len(score.tracks) == 1


@pytest.mark.parametrize(
    "tracks",
    [
        [PIANO, ("", LINE, 52)],
        [PIANO, ("Aahs", LINE, 52), ("Pad", CHORDS, 53)],
        [PIANO, ("Vocals", LINE, 0), ("Aahs", LEGATO, 52)],
        [PIANO, ("Soprano", LINE, 52), ("Alto", CHORDS, 0)],
        [PIANO, ("Voice", LINE, 0), ("Alto Sax", LEGATO, 0)],
    ],
)
def test_of_several_the_one_that_can_be_it(tracks):
    voice = song_parts(from_midi(midi(*tracks))).voice
    assert [n.pitch for n in voice] == [pitch for _, pitch, _ in LINE]


@pytest.mark.parametrize("wanted", ["2", "flute", " Flute ", "lut"])
@pytest.mark.parametrize("suffix", [".mid", ".musicxml"])
def test_a_voice_that_is_named(tmp_path, wanted, suffix):
    path = tmp_path / f"song{suffix}"
    if suffix == ".mid":
        path.write_bytes(midi(PIANO, ("Flute", LINE, 73), ("Voice", LEGATO, 52)))
    else:
        names = [
            f'<score-part id="P{i}"><part-name>{name}</part-name></score-part>'
            for i, name in enumerate(["Piano", "Flute", "Voice"])
        ]
        parts = [[attributes() + note(name, 48)] for name in ("C3", "C4", "C5")]
        path.write_text(musicxml(*parts, part_list=names))
    assert song_parts(read_score(path)).voice[0].pitch == 72
    assert song_parts(read_score(path, wanted)).voice[0].pitch == 60


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ("oboe", "has no track 'oboe'; name one of 1 'Piano', 2 'Flute 1', 3 'Flute 2', or its"),
        ("flute", "has 2 tracks 'flute'; name one of"),
        ("4", "has no track '4'"),
        ("0", "has no track '0'"),
        ("", "has no track ''"),
    ],
)
def test_a_voice_that_is_not_there(tmp_path, wanted, problem):
    path = tmp_path / "song.mid"
    path.write_bytes(midi(PIANO, ("Flute 1", LINE), ("empty", []), ("Flute 2", LINE)))
    with pytest.raises(ScoreError) as caught:
        read_score(path, wanted)
    assert str(caught.value).startswith(f"{path} {problem}")


def test_a_chordal_voice_that_was_named_stays_one(tmp_path):
    path = tmp_path / "song.mid"
    path.write_bytes(midi(PIANO, ("Choir", CHORDS, 52)))
    score = read_score(path, "choir")
    assert len(song_parts(score).voice) == len(CHORDS)
    assert from_midi(to_midi(score)) == score
    prompt = first_bars(score, 1)
    assert len(song_parts(from_midi(to_midi(prompt))).voice) == 12


def test_a_voice_that_is_silent_at_first_stays_one():
    score = from_midi(midi(PIANO, ("Voice", [(6, 72, 1)], 52)))
    prompt = from_midi(to_midi(first_bars(score, 1)))
    assert has_voice(prompt)
    assert song_parts(prompt).voice == []


def test_parts_of_musicxml(tmp_path):
    path = tmp_path / "song.musicxml"
    names = [
        '<score-part id="P0"><part-name>Piano</part-name></score-part>',
        '<score-part id="P1"><part-name>Gesang</part-name></score-part>',
        '<score-part id="P2"><part-name>Pad</part-name><midi-instrument id="I"><midi-program>53'
        "</midi-program></midi-instrument></score-part>",
    ]
    chord = note("C3", 48) + note("E3", 48, chord=True)
    parts = [[attributes() + chord], [attributes() + note("C5", 48)], [attributes() + chord]]
    path.write_text(musicxml(*parts, part_list=names))
    assert [n.pitch for n in song_parts(read_score(path)).voice] == [72]
    # The pad alone is no voice: it plays chords.
    path.write_text(
        musicxml(parts[0], parts[2], part_list=[names[0], names[2].replace("P2", "P1")])
    )
    score = read_score(path)
    assert not has_voice(score)
    assert heard(score) == [(0, 48, 4), (0, 52, 4)]


@pytest.mark.parametrize(
    ("wanted", "voice"), [(None, [76]), ("Voz", [76]), ("Piano", [48, 72]), ("2", [48, 72])]
)
def test_words_and_staves_of_a_keyboard(tmp_path, wanted, voice):
    def sung(name, **where):
        words = "<lyric><text>la</text></lyric></note>"
        return note(name, 48, **where).replace("</note>", words)

    names = [
        f'<score-part id="P{index}"><part-name>{name}</part-name></score-part>'
        for index, name in enumerate(("Voz", "Piano"))
    ]
    keyboard = attributes(more="<staves>2</staves>") + sung("C5", staff=1)
    keyboard += backup(48) + note("C3", 48, staff=2)
    path = tmp_path / "song.musicxml"
    path.write_text(musicxml([attributes() + sung("E5")], [keyboard], part_list=names))
    assert [n.pitch for n in song_parts(read_score(path, wanted)).voice] == voice
