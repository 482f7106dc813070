import errno
import random
from pathlib import Path
from xml.etree import ElementTree

import pytest
import symusic
from music21 import clef, converter, key, meter, note, stream, tempo

from seqzoo.zoo.music.musicxml.writer import quantised
from seqzoo.zoo.music.reader import read_score
from seqzoo.zoo.music.score import key_of, piano_notes, song_parts
from seqzoo.zoo.music.writer import write_midi, write_musicxml
from tests.zoo.music.scores import corpus_path, heard, piano, time_signatures


@pytest.fixture
def engraved(tmp_path):
    """The music21 score of the MusicXML that is written for a score."""

    def write_and_parse(score, **kwargs):
        path = tmp_path / "piece.musicxml"
        write_musicxml(score, path, **kwargs)
        return converter.parse(path, forceSource=True)

    return write_and_parse


def look(measure):
    """The voices of a measure as text, such as "C4~:eighth3 E4|G4:half. -:quarter?".

    "~" is a tie, "3" a triplet, "-" a rest, "?" a hidden one.
    """
    return [" ".join(map(word, voice.notesAndRests)) for voice in measure.voices or [measure]]


def word(element):
    heads = [element] if isinstance(element, note.Note) else getattr(element, "notes", [])
    tied = [f"{n.nameWithOctave}{'~' * is_tied(n, 'start', 'continue')}" for n in heads]
    triplet, hidden = "3" * len(element.duration.tuplets), "?" * element.style.hideObjectOnPrint
    value = element.duration.type + "." * element.duration.dots
    return f"{'|'.join(tied) or '-'}:{value}{triplet}{hidden}"


def is_tied(n, *kinds):
    return n.tie is not None and n.tie.type in kinds


def staves(written):
    return [
        [look(measure) for measure in part.getElementsByClass(stream.Measure)]
        for part in written.parts
    ]


def sounding(written):
    """The notes of a music21 score as (onset, pitch, end), in twelfths of a quarter."""
    merged = {}
    for index, part in enumerate(written.parts):
        for element in part.flatten().notes:
            onset, length = round(element.offset * 12), round(element.quarterLength * 12)
            for n in [element] if isinstance(element, note.Note) else element.notes:
                end, start = (index, onset + length, n.pitch.midi), onset
                if is_tied(n, "stop", "continue"):
                    start = merged.pop((index, onset, n.pitch.midi))
                merged[end] = start
    return sorted((onset, pitch, end) for (_, end, pitch), onset in merged.items())


class TestNotation:
    def test_two_staves(self, engraved):
        written = engraved(piano((0, 64, 1), (0, 48, 4), (1, 57, 1), (1, 64, 1), (2, 72, 2)))
        upper, lower = staves(written)
        assert upper == [["E4:quarter A3|E4:quarter C5:half"]]
        assert lower == [["C3:whole"]]
        assert [type(part[clef.Clef].first()) for part in written.parts] == [
            clef.TrebleClef,
            clef.BassClef,
        ]

    def test_low_chords_are_for_both_hands(self, engraved):
        chords = [(26, 38, 46, 50, 55), (33, 45, 50, 55, 62), (72, 76, 84, 91)]
        written = engraved(piano(*((4 * i, p, 4) for i, c in enumerate(chords) for p in c)))
        upper, lower = staves(written)
        assert upper == [["B-2|D3|G3:whole"], ["D3|G3|D4:whole"], ["C6|G6:whole"]]
        assert lower == [["D1|D2:whole"], ["A1|A2:whole"], ["C5|E5:whole"]]
        signs = [[(c.measureNumber, c.sign) for c in part[clef.Clef]] for part in written.parts]
        assert signs == [[(1, "F"), (3, "G")], [(1, "F"), (3, "G")]]

    def test_bars_are_filled_with_rests(self, engraved):
        upper, lower = staves(engraved(piano((5, 72, 0.5), time_signature=(3, 4))))
        assert upper == [["-:half."], ["-:half C5:eighth -:eighth"]]
        assert lower == [["-:half."], ["-:half."]]

    def test_ties_over_beats_and_bar_lines(self, engraved):
        upper, _ = staves(engraved(piano((1.5, 72, 4), (3.5, 76, 6))))
        assert upper == [
            [
                "-:quarter -:eighth -:eighth? -:quarter? -:eighth? E5~:eighth",
                "-:quarter? -:eighth? C5~:eighth C5~:half",
            ],
            ["E5~:whole", "C5:quarter. -:eighth? -:half?"],
            ["E5:quarter. -:eighth -:half"],
        ]

    def test_voices_that_overlap(self, engraved):
        # The rests of a voice are hidden where another one sounds.
        upper, _ = staves(engraved(piano((0, 76, 4), (1, 67, 1), (2, 69, 1))))
        assert upper == [["E5:whole", "-:quarter? G4:quarter A4:quarter -:quarter?"]]

    def test_triplets(self, engraved):
        third = 1 / 3
        upper, _ = staves(
            engraved(piano((0, 72, third), (third, 74, third), (2 * third, 76, third), (1, 77, 3)))
        )
        assert upper == [["C5:eighth3 D5:eighth3 E5:eighth3 F5:half."]]

    def test_key_and_spelling(self, engraved):
        scale = [63, 65, 67, 68, 70, 72, 74, 75]
        written = engraved(piano(*((i, pitch, 1) for i, pitch in enumerate([*scale, 63, 67, 70]))))
        assert [ks.sharps for ks in written.parts[0][key.KeySignature]] == [-3]
        names = [head.nameWithOctave for head in written.parts[0].flatten().notes]
        assert names[:8] == ["E-4", "F4", "G4", "A-4", "B-4", "C5", "D5", "E-5"]

    @pytest.mark.parametrize("mode", ["major", "minor"])
    def test_the_mode_of_the_key(self, mode, engraved, tmp_path):
        # By its notes alone, it would be in A flat major.
        score = piano((0, 68, 2), (2, 72, 1), (3, 75, 1))
        score.key_signatures.append(symusic.KeySignature(0, -4, int(mode == "minor")))
        assert engraved(score).parts[0][key.Key].first().mode == mode
        assert key_of(read_score(tmp_path / "piece.musicxml")) == (-4, mode == "minor")

    def test_a_voice_is_on_one_staff(self, tmp_path):
        # Two voices on both staves, on the upper, on the lower, and on neither.
        high, low = [(0, 76, 4), (1, 62, 1)], [(0, 48, 4), (1, 40, 1)]
        notes = [high + low, high + low[:1], high[:1] + low, high[:1] + low[:1]]
        moved = [(o + 4 * bar, p, d) for bar, each in enumerate(notes) for o, p, d in each]
        write_musicxml(piano(*moved), tmp_path / "piece.musicxml")
        found = [
            {(note.findtext("staff"), note.findtext("voice")) for note in measure.iter("note")}
            for measure in ElementTree.parse(tmp_path / "piece.musicxml").iter("measure")
        ]
        assert found == [
            {("1", "1"), ("1", "2"), ("2", "5"), ("2", "6")},
            {("1", "1"), ("1", "2"), ("2", "5")},
            {("1", "1"), ("2", "5"), ("2", "6")},
            {("1", "1"), ("2", "5")},
        ]

    def test_accidentals_are_shown_where_they_are_needed(self, engraved):
        notes = [(0, 60), (1, 64), (2, 67), (3, 72), (4, 66), (5, 66), (6, 65), (7, 67), (8, 72)]
        written = engraved(piano(*((onset, pitch, 1) for onset, pitch in notes), (9, 60, 3)))
        shown = [
            (head.name, bool(head.pitch.accidental and head.pitch.accidental.displayStatus))
            for head in written.parts[0].flatten().notes
        ]
        assert shown[4:7] == [("F#", True), ("F#", False), ("F", True)]
        assert not any(status for _, status in shown[:4] + shown[7:])

    def test_changes_of_time_signature(self, engraved):
        score = piano((0, 72, 2), (2, 74, 3), (5, 76, 2), time_signature=(2, 4))
        score.time_signatures.append(symusic.TimeSignature(2 * 480, 6, 8))
        score.time_signatures.append(symusic.TimeSignature(5 * 480, 2, 4))
        written = engraved(score)
        upper, _ = staves(written)
        assert upper == [["C5:half"], ["D5:half."], ["E5:half"]]
        for part in written.parts:
            found = part.flatten()[meter.TimeSignature]
            assert [(sign.offset, sign.ratioString) for sign in found] == [
                (0, "2/4"),
                (2, "6/8"),
                (5, "2/4"),
            ]

    def test_time_signature_that_changes_inside_a_bar(self, engraved):
        score = piano((0, 72, 3), (3, 74, 3))
        score.time_signatures.append(symusic.TimeSignature(3 * 480, 3, 4))
        assert staves(engraved(score))[0] == [["C5:half."], ["D5:half."]]

    def test_heading(self, engraved):
        score = piano((0, 60, 1), name="Der Erlkönig", qpm=72)
        written = engraved(score, composer="composed by seqzoo")
        assert written.metadata.bestTitle == "Der Erlkönig"
        assert written.metadata.composer == "composed by seqzoo"
        assert [found.number for found in written[tempo.MetronomeMark]] == [72]
        written = engraved(piano((0, 60, 1)))
        assert written.metadata.bestTitle == "piece"
        assert written.metadata.composer is None

    def test_score_without_notes(self, engraved):
        assert staves(engraved(piano())) == [[["-:whole"]], [["-:whole"]]]

    def test_same_score_same_file(self, tmp_path):
        score = read_score(corpus_path("bach/bwv66.6"))
        for name in ("a.musicxml", "b.musicxml"):
            write_musicxml(score, tmp_path / name, composer="x")
        assert (tmp_path / "a.musicxml").read_bytes() == (tmp_path / "b.musicxml").read_bytes()


def written_notes(score):
    """The notes of all parts on the grid of the page."""
    return sorted((n.onset, n.pitch, n.end) for part in song_parts(score) for n in quantised(part))


class TestRoundTrip:
    @pytest.mark.parametrize("name", ["bach/bwv66.6", "bach/bwv171.6", "schubert/Lindenbaum"])
    def test_pieces(self, name, tmp_path, engraved):
        score = read_score(corpus_path(name))
        written = engraved(score)
        assert sounding(written) == written_notes(score)
        again = read_score(tmp_path / "piece.musicxml")
        assert written_notes(again) == written_notes(score)
        assert key_of(again) == key_of(score)
        assert len(again.tracks) == len(score.tracks)
        assert time_signatures(again) == time_signatures(score)
        assert again.tracks[0].name == score.tracks[0].name

    @pytest.mark.parametrize("seed", range(25))
    def test_random_notes(self, seed, engraved):
        rng = random.Random(seed)
        grid = rng.choice([1 / 480, 1 / 12, 1 / 4, 1 / 3, 1 / 2])
        notes = [
            (
                rng.randrange(30) * grid * rng.choice([1, 4]),
                rng.randint(21, 108),
                rng.randint(1, 20) * grid,
            )
            for _ in range(rng.randint(1, 40))
        ]
        time_signature = (rng.randint(1, 12), rng.choice([2, 4, 8, 16]))
        score = piano(*notes, time_signature=time_signature)
        written = engraved(score)
        assert sounding(written) == written_notes(score)
        bar = 48 * time_signature[0] / time_signature[1]
        for part in written.parts:
            for measure in part.getElementsByClass(stream.Measure):
                for voice in measure.voices or [measure]:
                    lengths = [element.quarterLength * 12 for element in voice.notesAndRests]
                    assert sum(map(round, lengths)) == bar

    def test_every_pitch_of_midi(self, tmp_path):
        score = piano(*((index, pitch, 1) for index, pitch in enumerate(range(128))))
        write_musicxml(score, tmp_path / "piece.musicxml")
        assert written_notes(read_score(tmp_path / "piece.musicxml")) == written_notes(score)

    def test_off_the_grid(self):
        # To the nearest twelfth of a quarter; a short note stays a note.
        score = piano((0.01, 60, 0.99), (1.3, 62, 0.01), (1.31, 62, 1))
        assert [n[:3] for n in quantised(piano_notes(score))] == [(0, 60, 12), (16, 62, 28)]

    def test_a_note_too_short_for_the_grid_opens_no_bar(self, engraved):
        score = piano((0, 60, 1), (3.98, 62, 0.02))
        assert [n[:3] for n in quantised(piano_notes(score))] == [(0, 60, 12), (47, 62, 48)]
        (upper, _) = engraved(score).parts
        assert len(upper.getElementsByClass(stream.Measure)) == 1


class TestFiles:
    @pytest.mark.parametrize("name", ["bach/bwv66.6", "schubert/Lindenbaum"])
    def test_midi(self, name, tmp_path):
        score = read_score(corpus_path(name))
        write_midi(score, tmp_path / "piece.mid")
        assert read_score(tmp_path / "piece.mid") == score

    def test_midi_of_notes_that_overlap(self, tmp_path):
        write_midi(piano((0, 60, 4), (1, 60, 1)), tmp_path / "piece.mid")
        assert heard(read_score(tmp_path / "piece.mid")) == [(0, 60, 1), (1, 60, 1)]

    @pytest.mark.parametrize("write", [write_midi, write_musicxml])
    def test_full_disk_leaves_the_older_file(self, write, tmp_path, monkeypatch):
        path = tmp_path / "piece"
        path.write_text("older")

        def fill_the_disk(self, data):
            with self.open("wb") as file:
                file.write(data[:9])
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", fill_the_disk)
        with pytest.raises(OSError, match="No space left"):
            write(piano((0, 60, 1)), path)
        assert path.read_text() == "older"
        assert list(tmp_path.iterdir()) == [path]


class TestVoice:
    def test_a_song_has_a_voice_above_the_piano(self, engraved, tmp_path):
        score = piano((0, 48, 4), (0, 64, 4), (4, 55, 4), time_signature=(4, 4))
        voice = symusic.Track(name="Voice", program=52)
        for onset, pitch in [(0, 64), (2, 67), (4, 72)]:
            voice.notes.append(symusic.Note(onset * 480, 960, pitch, 80))
        score.tracks.append(voice)
        score.key_signatures.append(symusic.KeySignature(0, -3, 1))
        written = engraved(score)
        assert [part.partName for part in written.parts] == ["Voice", "Piano", "Piano"]
        assert staves(written)[0] == [["E4:half G4:half"], ["C5:half -:half"]]
        signatures = [part[key.KeySignature].first().sharps for part in written.parts]
        assert signatures == [-3, -3, -3]
        again = read_score(tmp_path / "piece.musicxml")
        assert [n[:3] for n in song_parts(again).voice] == [
            (0, 64, 960),
            (960, 67, 1920),
            (1920, 72, 2880),
        ]
        assert len(song_parts(again).piano) == 3
