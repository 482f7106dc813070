import io
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import symusic
from music21 import converter

from seqzoo.zoo.music.reader import (
    TICKS_PER_QUARTER,
    ScoreError,
    find_scores,
    from_midi,
    read_score,
    to_midi,
)
from seqzoo.zoo.music.score import Key, key_of
from seqzoo.zoo.music.writer import write_midi
from seqzoo.zoo.note_generator.conditions import conditions_of
from tests.zoo.music.scores import (
    attributes,
    backup,
    corpus_path,
    heard,
    musicxml,
    note,
    piano,
    time,
    time_signatures,
)

WHOLE = 48
FILES = Path(__file__).parent / "files"


def metronome(per_minute, unit="quarter"):
    return (
        f"<direction><direction-type><metronome><beat-unit>{unit}</beat-unit>"
        f"<per-minute>{per_minute}</per-minute></metronome></direction-type></direction>"
    )


@pytest.fixture
def read(tmp_path):
    """Reads MusicXML text from a file named piece.musicxml."""

    def read_text(text, encoding="utf-8"):
        path = tmp_path / "piece.musicxml"
        path.write_text(text, encoding)
        return read_score(path)

    return read_text


def archive(**members):
    """A zip file of members; two underscores in a name stand for a slash."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            name = name.replace("__", "/").replace("_", ".")
            # Of today's date, two processes that run the tests would make different names of them.
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            opened.writestr(member, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


TRACK = bytes.fromhex("00903c508360803c0000ff2f00")
"""The track of a MIDI file: C4 for 480 ticks."""


def standard(*tracks, form=1, ticks=480, count=None, more=b""):
    """A Standard MIDI File, with more bytes after its header, and perhaps a wrong count."""
    header = struct.pack(">HHH", form, len(tracks) if count is None else count, ticks) + more
    chunks = [(b"MThd", header), *((b"MTrk", track) for track in tracks)]
    return b"".join(name + struct.pack(">I", len(content)) + content for name, content in chunks)


def riff(midi, kind=b"RMID"):
    """A RIFF container with a MIDI file after a chunk of an odd length."""
    other = b"DISP" + struct.pack("<I", 3) + b"abc\0"
    content = kind + other + b"data" + struct.pack("<I", len(midi)) + midi
    return b"RIFF" + struct.pack("<I", len(content)) + content


class TestForm:
    def test_chorale_with_a_pickup(self):
        score = read_score(corpus_path("bach/bwv66.6"))
        assert score.ticks_per_quarter == TICKS_PER_QUARTER == 480
        assert [(t.program, t.is_drum, t.name) for t in score.tracks] == [(0, False, "bwv66.6")]
        assert time_signatures(score) == [(0, "4/4")]
        assert [tempo.qpm for tempo in score.tempos] == [96]
        # The pickup is the last beat of the first bar.
        assert heard(score)[:12] == [
            (3, 57, 0.5),
            (3, 64, 1),
            (3, 73, 0.5),
            (3.5, 56, 0.5),
            (3.5, 59, 0.5),
            (3.5, 71, 0.5),
            (4, 54, 1),
            (4, 61, 1),
            (4, 66, 1),
            (4, 69, 1),
            (5, 56, 1),
            (5, 59, 1),
        ]

    def test_song_with_piano(self):
        score = read_score(corpus_path("schubert/Lindenbaum"))
        assert score.tracks[0].name == "Der Lindenbaum"
        assert time_signatures(score) == [(0, "3/4")]
        assert [track.name for track in score.tracks] == ["Der Lindenbaum", "Voice"]
        assert [len(track.notes) for track in score.tracks] == [1432, 205]
        assert conditions_of(score) == ("Ensemble_VoiceAndPiano", "Key_E-major", "Tempo_120")
        assert score.end() <= 82 * 3 * 480

    def test_notes_are_sorted_and_do_not_overlap_within_a_pitch(self):
        notes = read_score(corpus_path("schubert/Lindenbaum")).tracks[0].notes
        assert [(n.time, n.pitch) for n in notes] == sorted((n.time, n.pitch) for n in notes)
        ends = {}
        for n in notes:
            assert ends.get(n.pitch, 0) <= n.time
            ends[n.pitch] = n.end

    def test_title(self, read):
        part = [attributes() + note("C4", WHOLE)]
        work = "<work><work-title>Op. 3</work-title></work>"
        movement = "<movement-title>Meeres Stille</movement-title>"
        assert read(musicxml(part)).tracks[0].name == "piece"
        assert read(musicxml(part, header=work)).tracks[0].name == "Op. 3"
        assert read(musicxml(part, header=work + movement)).tracks[0].name == "Meeres Stille"

    @pytest.mark.parametrize(
        ("direction", "qpm"),
        [
            ("", 120),
            ('<sound tempo="72"/>', 72),
            ('<direction><direction-type/><sound tempo="72"/></direction>', 72),
            (
                "<direction><direction-type><metronome><beat-unit>half</beat-unit>"
                "<per-minute>50</per-minute></metronome></direction-type></direction>",
                100,
            ),
            ('<sound tempo="0"/>', 120),
            (metronome("c. 72"), 72),
            (metronome("66-72"), 66),
            (metronome("(63,5)"), 63.5),
            (metronome("Allegro"), 120),
            (metronome("50", "quarter</beat-unit><beat-unit-dot/><beat-unit>"), 120),
            (metronome("50").replace("</beat-unit>", "</beat-unit><beat-unit-dot/>"), 75),
            (metronome("960", "64th"), 60),
            (
                metronome("60").replace(
                    "<per-minute>",
                    "<beat-unit-tied><beat-unit>eighth</beat-unit></beat-unit-tied><per-minute>",
                ),
                90,
            ),
            # Marks that are drawn elsewhere are heard where they stand; others are moved.
            ('<direction><direction-type/><offset>96</offset><sound tempo="72"/></direction>', 72),
            ('<sound tempo="72"><offset>12</offset></sound>', 120),
            (note("-", 0) + metronome("72"), 72),
        ],
    )
    def test_tempo(self, read, direction, qpm):
        score = read(musicxml([attributes() + direction + note("C4", WHOLE)]))
        assert [round(tempo.qpm, 2) for tempo in score.tempos] == [qpm]

    @pytest.mark.parametrize(
        ("measures", "qpm"),
        [
            # Behind a pickup, and after rests before the first note.
            ([note("C4", 12), metronome("72") + note("D4", WHOLE)], 72),
            ([note("-", 36) + metronome("72") + note("C4", 12), note("D4", WHOLE)], 72),
            ([note("-", WHOLE), metronome("72") + note("D4", WHOLE)], 72),
            ([metronome("60") + note("C4", 12), metronome("72") + note("D4", WHOLE)], 60),
            # Changes of tempo.
            ([note("C4", WHOLE), metronome("72") + note("D4", WHOLE)], 120),
            ([note("C4", 24) + metronome("72") + note("D4", 24), note("D4", WHOLE)], 120),
        ],
    )
    def test_tempo_of_the_first_note_or_bar_line(self, read, measures, qpm):
        first, *others = measures
        score = read(musicxml([attributes() + first, *others]))
        assert [round(tempo.qpm, 2) for tempo in score.tempos] == [qpm]

    def test_without_a_time_signature(self, read):
        divisions = "<attributes><divisions>12</divisions></attributes>"
        score = read(musicxml([divisions + note("C4", 12), note("D4", 48)]))
        assert time_signatures(score) == [(0, "4/4")]
        assert heard(score) == [(3, 60, 1), (4, 62, 4)]


class TestWrittenBySeveralPrograms:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("off_none", [(0, 60, 4), (4, 62, 4)]),
            ("m21_706_offset", [(0, 60, 4), (4, 62, 4)]),
            *(
                (name, [(0, 62, 1), (0, 65, 1), (0, 69, 1), (1, 67, 1), (2, 67, 2), (4, 60, 4)])
                for name in ("chord_plain", "chord_direction")
            ),
            ("bracketed_drums", [(0, 48, 4), (0, 72, 4)]),
            ("transpose_staff2", [(0, 48, 4), (0, 60, 4)]),
            ("clarinet_alone", [(0, 72, 4)]),
            ("tempo_approx", [(0, 60, 4)]),
            ("tie_via_notations_only", [(0, 67, 8)]),
        ],
    )
    def test_notes(self, name, expected):
        assert heard(read_score(FILES / f"{name}.musicxml")) == expected

    def test_tempo_and_key(self):
        assert round(read_score(FILES / "tempo_approx.musicxml").tempos[0].qpm, 2) == 72
        assert round(read_score(FILES / "m21_706_offset.musicxml").tempos[0].qpm, 2) == 60
        clarinet = read_score(FILES / "clarinet_alone.musicxml")
        assert key_of(clarinet) == Key(0, is_minor=False)

    @pytest.mark.parametrize(
        "between",
        [
            "<attributes><clef><sign>F</sign><line>4</line></clef></attributes>",
            '<sound tempo="60"/>',
            metronome("60").replace("</direction>", "<offset>96</offset></direction>"),
        ],
    )
    def test_nothing_tears_a_chord(self, read, between):
        first = attributes() + note("C4", 24) + between + note("E4", 24, chord=True)
        first += backup(24) + note("-", 24, voice=2) + note("G4", 24, voice=2)
        found = heard(read(musicxml([first, note("C4", WHOLE)])))
        assert found == [(0, 60, 2), (0, 64, 2), (2, 67, 2), (4, 60, 4)]

    @pytest.mark.parametrize(
        "mark",
        [
            "<harmony><root><root-step>C</root-step></root><kind>major</kind>"
            "<offset>96</offset></harmony>",
            "<figured-bass><figure><figure-number>6</figure-number></figure>"
            "<duration>96</duration></figured-bass>",
            '<sound tempo="60"><offset>96</offset></sound>',
            '<direction><direction-type><words>dolce</words></direction-type><offset sound="yes">'
            "96</offset></direction>",
            "<forward><duration>96</duration></forward>" + backup(96),
        ],
    )
    def test_nothing_that_leaves_its_bar_lengthens_it(self, read, mark):
        score = read(musicxml([attributes() + mark + note("C4", WHOLE), note("D4", WHOLE)]))
        assert heard(score) == [(0, 60, 4), (4, 62, 4)]

    def test_notes_of_a_chord_have_lengths_of_their_own(self, read):
        shorter = attributes() + note("C4", 48) + note("E4", 24, chord=True)
        # Drawn like the first, a note lasts as long, though its dot was not counted.
        half = "<type>half</type><dot/></note>"
        undotted = note("C4", 36) + note("E4", 24, chord=True)
        measures = [shorter, undotted.replace("</note>", half) + note("-", 12)]
        assert heard(read(musicxml(measures))) == [
            (0, 60, 4),
            (0, 64, 2),
            (4, 60, 3),
            (4, 64, 3),
        ]

    def test_chord_that_begins_with_a_cue(self, read):
        cue = note("C4", 24).replace("<note>", "<note><cue/>")
        measure = attributes() + cue + note("E4", 24, chord=True) + note("G4", 24, chord=True)
        found = heard(read(musicxml([measure + note("C4", 24)])))
        assert found == [(0, 64, 2), (0, 67, 2), (2, 60, 2)]

    def test_drawn_ties(self, read):
        def tied(name, *kinds, chord=False):
            drawn = "".join(f'<tied type="{kind}"/>' for kind in kinds)
            written = note(name, WHOLE, chord=chord)
            return written.replace("</note>", f"<notations>{drawn}</notations></note>")

        part = [
            attributes() + tied("C4", "start") + tied("E4", "let-ring", chord=True),
            tied("C4", "stop", "start") + tied("E4", chord=True),
            tied("C4", "continue"),
            tied("C4", "stop"),
        ]
        assert heard(read(musicxml(part))) == [(0, 60, 16), (0, 64, 4), (4, 64, 4)]


class TestNotes:
    def test_two_staves_and_two_voices(self, read):
        measure = (
            attributes(more="<staves>2</staves>")
            + note("C5", 24, voice=1, staff=1)
            + note("D5", 24, voice=1, staff=1)
            + backup(48)
            + note("-", 12, voice=2, staff=1)
            + note("E4", 36, voice=2, staff=1)
            + backup(48)
            + note("C3", 48, voice=5, staff=2)
            + note("G3", 48, voice=5, staff=2, chord=True)
        )
        assert heard(read(musicxml([measure]))) == [
            (0, 48, 4),
            (0, 55, 4),
            (0, 72, 2),
            (1, 64, 3),
            (2, 74, 2),
        ]

    def test_ties(self, read):
        # C: over two bar lines. E: into another voice. G: not tied in the second bar.
        first = attributes() + note("C4", 48, ["start"]) + note("G4", 48, chord=True)
        first += backup(48) + note("-", 24, voice=2) + note("E4", 24, ["start"], voice=2)
        second = note("C4", 48, ["stop", "start"]) + note("G4", 48, chord=True)
        second += note("E4", 48, ["stop"], chord=True)
        third = note("C4", 12, ["stop"]) + note("-", 36)
        assert heard(read(musicxml([first, second, third]))) == [
            (0, 60, 9),
            (0, 67, 4),
            (2, 64, 6),
            (4, 67, 4),
        ]

    def test_tie_from_nowhere(self, read):
        measure = attributes() + note("C4", 24, ["stop"]) + note("C4", 24, ["start"])
        assert heard(read(musicxml([measure]))) == [(0, 60, 2), (2, 60, 2)]

    def test_two_parts_tie_the_same_pitch(self, read):
        part = [attributes() + note("C4", 48, ["start"]), note("C4", 48, ["stop"])]
        assert heard(read(musicxml(part, part))) == [(0, 60, 8)]

    def test_one_pitch_at_once(self, read):
        # The longest of those that start together; the next start ends what sounds.
        upper = [attributes() + note("C4", 12) + note("-", 12) + note("E4", 24)]
        lower = [attributes() + note("C4", 36) + note("E4", 12)]
        third = [attributes() + note("-", 12) + note("C4", 12) + note("-", 24)]
        assert heard(read(musicxml(upper, lower, third))) == [
            (0, 60, 1),
            (1, 60, 1),
            (2, 64, 1),
            (3, 64, 1),
        ]

    def test_triplets(self, read):
        measure = attributes("1/4") + note("C4", 4) + note("D4", 4) + note("E4", 4)
        ticks = [(n.time, n.duration) for n in read(musicxml([measure])).tracks[0].notes]
        assert ticks == [(0, 160), (160, 160), (320, 160)]

    def test_grace_notes_and_chord_symbols_do_not_sound(self, read):
        grace = "<note><grace/><pitch><step>D</step><octave>5</octave></pitch></note>"
        harmony = "<harmony><root><root-step>C</root-step></root><kind>major</kind></harmony>"
        measure = attributes() + harmony + grace + note("C5", WHOLE)
        assert heard(read(musicxml([measure]))) == [(0, 72, 4)]

    def test_cue_notes_do_not_sound(self, read):
        cues = (note("G5", 12) + note("B5", 12, chord=True)).replace("<note>", "<note><cue/>")
        grace = "<note><grace/><cue/><pitch><step>D</step><octave>5</octave></pitch></note>"
        measure = attributes() + note("C4", 12) + cues + grace + note("E4", 24)
        assert heard(read(musicxml([measure]))) == [
            (0, 60, 1),
            (2, 64, 2),
        ]

    def test_grace_notes_tear_no_chord(self, read):
        grace = "<note><grace/><pitch><step>D</step><octave>5</octave></pitch></note>"
        measure = attributes() + note("C4", WHOLE) + grace + note("E4", WHOLE, chord=True)
        assert heard(read(musicxml([measure]))) == [(0, 60, 4), (0, 64, 4)]

    def test_parts_that_the_list_of_parts_lacks(self, read):
        parts = [[attributes() + note(name, WHOLE)] for name in ("C5", "C3")]
        listed = '<score-part id="P0"><part-name/></score-part>'
        assert heard(read(musicxml(*parts, part_list=[listed]))) == [(0, 48, 4), (0, 72, 4)]

    def test_drums_do_not_sound(self, read):
        cymbal = "<unpitched><display-step>G</display-step><display-octave>5</display-octave>"
        unpitched = f"<note>{cymbal}</unpitched><duration>48</duration></note>"
        parts = [
            [attributes() + note("C5", WHOLE)],
            [attributes() + unpitched],
            [attributes() + note("C2", WHOLE)],
        ]
        part_list = [
            '<score-part id="P0"><part-name/></score-part>',
            '<score-part id="P1"><part-name/></score-part>',
            '<score-part id="P2"><part-name/><score-instrument id="I"><instrument-name/>'
            '</score-instrument><midi-instrument id="I"><midi-channel>10</midi-channel>'
            "</midi-instrument></score-part>",
        ]
        assert heard(read(musicxml(*parts, part_list=part_list))) == [(0, 72, 4)]

    def test_drums_beside_notes_of_one_part(self, read):
        cymbal = "<unpitched><display-step>G</display-step><display-octave>5</display-octave>"
        unpitched = f"<note><chord/>{cymbal}</unpitched><duration>24</duration></note>"
        first, second = (
            note(name, 24).replace("</duration>", f'</duration><instrument id="{kind}"/>')
            for name, kind in (("C4", "timpani"), ("D3", "drums"))
        )
        part_list = '<score-part id="P0"><part-name/>' + "".join(
            f'<midi-instrument id="{kind}"><midi-channel>{channel}</midi-channel></midi-instrument>'
            for kind, channel in (("timpani", 3), ("drums", 10))
        )
        parts = [[attributes() + first + unpitched + second]]
        score = read(musicxml(*parts, part_list=[part_list + "</score-part>"]))
        assert heard(score) == [(0, 60, 2)]

    def test_what_stands_under_a_percussion_clef_does_not_sound(self, read):
        wood_block = [attributes(more="<clef><sign>percussion</sign></clef>") + note("E4", WHOLE)]
        assert heard(read(musicxml([attributes() + note("C5", WHOLE)], wood_block))) == [(0, 72, 4)]

    @pytest.mark.parametrize(
        ("transpose", "sounding"),
        [
            ("<diatonic>-1</diatonic><chromatic>-2</chromatic>", 60),  # clarinet in B flat
            ("<chromatic>0</chromatic><octave-change>-1</octave-change>", 50),  # guitar
            ("<chromatic>-2.0</chromatic><octave-change>-1</octave-change>", 48),  # bass clarinet
        ],
    )
    def test_transposing_instruments_are_at_sounding_pitch(self, read, transpose, sounding):
        clarinet = [
            attributes(more=f"<transpose>{transpose}</transpose>") + note("D4", WHOLE),
            note("D4", WHOLE),
        ]
        flute = [attributes() + note("A5", WHOLE), note("A5", WHOLE)]
        assert heard(read(musicxml(clarinet, flute))) == [
            (0, sounding, 4),
            (0, 81, 4),
            (4, sounding, 4),
            (4, 81, 4),
        ]

    @pytest.mark.parametrize(
        ("double", "octave"), [("<double/>", 50), ('<double above="yes"/>', 74)]
    )
    def test_doubling_in_the_octave(self, read, double, octave):
        transpose = f"<transpose><chromatic>0</chromatic>{double}</transpose>"
        part = [attributes(more=transpose) + note("D4", 48, ["start"]), note("D4", 48, ["stop"])]
        assert heard(read(musicxml(part))) == sorted([(0, 62, 8), (0, octave, 8)])

    def test_spaces_around_the_number_of_a_staff(self, read):
        transpose = '<transpose number=" 2 "><chromatic>-12</chromatic></transpose>'
        measure = attributes(more="<staves>2</staves>" + transpose) + note("C5", WHOLE, staff=1)
        measure += backup(48) + note("C5", WHOLE, staff=2)
        assert heard(read(musicxml([measure]))) == [(0, 60, 4), (0, 72, 4)]

    def test_change_of_instrument(self, read):
        to_a = "<attributes><transpose><chromatic>-3</chromatic></transpose></attributes>"
        clarinet = attributes(more="<transpose><chromatic>-2</chromatic></transpose>")
        clarinet += note("D4", 24) + to_a + note("D4", 24)
        # What is written after the change, but sounds before it, is in B flat.
        clarinet += backup(48) + note("G4", 24, voice=2)
        assert heard(read(musicxml([clarinet]))) == [(0, 60, 2), (0, 65, 2), (2, 59, 2)]

    @pytest.mark.parametrize(
        ("transpose", "written", "sounding"),
        [
            ("<diatonic>-1</diatonic><chromatic>-2</chromatic>", 2, 0),  # in B flat
            ("<chromatic>-2</chromatic>", -2, -4),
            ("<diatonic>-2</diatonic><chromatic>-3</chromatic>", -5, -2),  # in A
            ("<diatonic>-5</diatonic><chromatic>-9</chromatic>", 1, -2),  # alto saxophone in E flat
            (
                "<diatonic>0</diatonic><chromatic>0</chromatic><octave-change>-1</octave-change>",
                3,
                3,
            ),
            ("<diatonic>-1</diatonic><chromatic>-2</chromatic>", -6, 4),  # A flat minor, as E major
        ],
    )
    def test_key_of_a_transposing_instrument_alone(self, read, transpose, written, sounding):
        key = f"<key><fifths>{written}</fifths><mode>major</mode></key>"
        more = f"{key}<transpose>{transpose}</transpose>"
        score = read(musicxml([attributes(more=more) + note("D4", WHOLE)]))
        assert key_of(score) == Key(sounding, is_minor=False)

    def test_key_of_the_others_counts_first(self, read):
        horn = "<key><fifths>0</fifths></key><transpose><chromatic>-9</chromatic></transpose>"
        violin = "<key><fifths>-3</fifths><mode>major</mode></key>"
        parts = [[attributes(more=more) + note("G4", WHOLE)] for more in (horn, violin)]
        assert key_of(read(musicxml(*parts))) == Key(-3, is_minor=False)

    def test_parts_of_unequal_length(self, read):
        # The second part leaves its first measure incomplete and has no second one.
        upper = [attributes() + note("C5", WHOLE), note("D5", WHOLE), note("E5", WHOLE)]
        lower = [attributes() + note("C4", 12), note("D4", 24)]
        assert heard(read(musicxml(upper, lower))) == [
            (0, 60, 1),
            (0, 72, 4),
            (4, 62, 2),
            (4, 74, 4),
            (8, 76, 4),
        ]


class TestBarLines:
    @pytest.mark.parametrize("name", ["bwv66.6", "bwv101.7", "bwv17.7", "bwv269", "bwv384"])
    def test_written_bar_lines_of_chorales(self, name):
        path = corpus_path(f"bach/{name}")
        parts = converter.parse(path, forceSource=True).parts
        first, second = zip(
            *(part.getElementsByClass("Measure")[:2] for part in parts), strict=True
        )
        bar = first[0].timeSignature.barDuration.quarterLength
        assert second[0].offset < bar, "the chorale has a pickup"
        downbeat = {measure.notes[0].pitch.midi for measure in second}
        notes = heard(read_score(path))
        assert {pitch for onset, pitch, _ in notes if onset == bar} == downbeat
        assert min(notes)[0] == bar - second[0].offset

    def test_measures_around_a_repeat_make_one_bar(self, read):
        part = [
            attributes("3/4") + note("C4", 12),
            note("D4", 36),
            note("E4", 24),
            note("F4", 12),
            note("G4", 36),
        ]
        score = read(musicxml(part))
        assert time_signatures(score) == [(0, "3/4")]
        assert heard(score) == [(2, 60, 1), (3, 62, 3), (6, 64, 2), (8, 65, 1), (9, 67, 3)]

    def test_silence_fills_an_incomplete_ending(self, read):
        # Both endings lack a beat, as the pickup takes it. A tied note sounds through.
        part = [
            attributes("3/4") + note("C4", 12),
            note("G4", 36),
            note("D4", 12) + note("E4", 12, ["start"]),
            note("E4", 12, ["stop"]) + note("F4", 12),
            note("G4", 36),
        ]
        assert heard(read(musicxml(part))) == [
            (2, 60, 1),
            (3, 67, 3),
            (6, 62, 1),
            (7, 64, 3),
            (10, 65, 1),
            (12, 67, 3),
        ]

    def test_pickup_within_a_piece(self, read):
        part = [attributes() + note("C4", 48), note("D4", 12), note("E4", 48)]
        assert heard(read(musicxml(part))) == [(0, 60, 4), (7, 62, 1), (8, 64, 4)]

    def test_measure_that_is_too_long(self, read):
        part = [attributes() + note("C4", 48) + note("D4", 12), note("E4", 48)]
        assert heard(read(musicxml(part))) == [(0, 60, 4), (4, 62, 1), (8, 64, 4)]

    def test_changes_of_time_signature(self, read):
        part = [
            attributes("2/4") + note("C4", 24),
            f"<attributes>{time('6/8')}</attributes>" + note("D4", 36),
            f"<attributes>{time('2/4')}</attributes>" + note("E4", 24),
        ]
        score = read(musicxml(part))
        assert time_signatures(score) == [(0, "2/4"), (2, "6/8"), (5, "2/4")]
        assert heard(score) == [(0, 60, 2), (2, 62, 3), (5, 64, 2)]

    def test_pickup_to_a_new_time_signature(self, read):
        change = f"<attributes>{time('3/4')}</attributes>"
        complete = [attributes() + note("C4", 48), change + note("D4", 12), note("E4", 36)]
        score = read(musicxml(complete))
        assert time_signatures(score) == [(0, "4/4"), (4, "3/4")]
        assert heard(score) == [(0, 60, 4), (6, 62, 1), (7, 64, 3)]
        # The pickup completes the last bar of the old time signature.
        split = [attributes() + note("C4", 36), change + note("D4", 12), note("E4", 36)]
        score = read(musicxml(split))
        assert time_signatures(score) == [(0, "4/4"), (4, "3/4")]
        assert heard(score) == [(0, 60, 3), (3, 62, 1), (4, 64, 3)]

    def test_one_short_measure_is_no_pickup(self, read):
        assert heard(read(musicxml([attributes() + note("C4", 12)]))) == [(0, 60, 1)]


class TestFiles:
    XML = musicxml([attributes() + note("C4", WHOLE)])
    CONTAINER = '<container><rootfiles><rootfile full-path="second.xml"/></rootfiles></container>'

    @pytest.mark.parametrize("name", ["a.xml", "a.musicxml", "a.MusicXML", "a.mxl"])
    def test_plain_musicxml(self, tmp_path, name):
        (tmp_path / name).write_text(self.XML)
        assert heard(read_score(str(tmp_path / name))) == [(0, 60, 4)]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_encodings(self, read, encoding):
        title = "<movement-title>Erlkönig</movement-title>"
        text = musicxml([attributes() + note("C4", WHOLE)], header=title)
        assert read(text, encoding).tracks[0].name == "Erlkönig"

    def test_doctype_without_entities(self, read):
        doctype = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD" "http://no.where/a.dtd">'
        assert heard(read(doctype + self.XML)) == [(0, 60, 4)]

    def test_compressed_musicxml_is_the_one_of_the_container(self, tmp_path):
        path = tmp_path / "a.mxl"
        other = musicxml([attributes() + note("D4", WHOLE)])
        path.write_bytes(archive(first_xml=other, second_xml=self.XML))
        assert heard(read_score(path)) == [(0, 62, 4)]
        members = {"META-INF__container_xml": self.CONTAINER}
        path.write_bytes(archive(**members, first_xml=other, second_xml=self.XML))
        assert heard(read_score(path)) == [(0, 60, 4)]

    @pytest.mark.parametrize("suffix", [".mid", ".midi", ".MID"])
    def test_midi(self, tmp_path, suffix):
        source = symusic.Score(96)
        for name, notes, is_drum in [
            ("right", [(0, 96, 72), (96, 96, 72), (48, 0, 74)], False),
            ("drums", [(0, 96, 35)], True),
            ("left", [(0, 192, 48), (0, 1, 72)], False),
        ]:
            track = symusic.Track(name=name, program=5, is_drum=is_drum)
            for onset, duration, pitch in notes:
                track.notes.append(symusic.Note(onset, duration, pitch, 70))
            source.tracks.append(track)
        source.time_signatures.append(symusic.TimeSignature(192, 3, 4))
        source.tempos.append(symusic.Tempo(0, 90))
        source.tempos.append(symusic.Tempo(192, 200))
        path = tmp_path / f"piece{suffix}"
        source.dump_midi(path)
        score = read_score(path)
        assert heard(score) == [(0, 48, 2), (0, 72, 1), (1, 72, 1)]
        assert time_signatures(score) == [(0, "4/4"), (2, "3/4")]
        assert [(t.time, round(t.qpm)) for t in score.tempos] == [(0, 90)]
        assert [(t.program, t.is_drum, t.name) for t in score.tracks] == [(0, False, "piece")]

    @pytest.mark.parametrize(
        "content",
        [
            riff(standard(TRACK)),
            standard(TRACK, more=b"\0\0"),
            standard(TRACK, count=9),
            standard(b"\0\xff\x2f\0", TRACK, count=1),
            standard(TRACK, form=2),
            standard(TRACK).replace(b"MTrk", b"XFIH" + b"\0\0\0\2ab" + b"MTrk"),
            standard(TRACK) + b"after the end",
        ],
    )
    def test_forms_of_midi(self, tmp_path, content):
        path = tmp_path / "a.mid"
        path.write_bytes(content)
        assert heard(read_score(path)) == [(0, 60, 1)]

    @pytest.mark.parametrize(
        ("events", "expected"),
        [
            # C4 never ends, E4 does; the track ends after two quarters.
            ("00903c50 00904050 8360804000 8360ff2f00", [(0, 60, 2), (0, 64, 1)]),
            # A programme, a text, a system message and running status between.
            (
                "00c005 00903c50 00ff01023c90 00f0023cf7 8360904050 004350 8360ff2f00",
                [(0, 60, 2), (1, 64, 1), (1, 67, 1)],
            ),
            # Begun twice, ended once.
            ("00903c50 8360 3c50 8360 3c00 8360ff2f00", [(0, 60, 1), (1, 60, 2)]),
            ("00903c50 00914050 8360803c00 00814000 8360ff2f00", [(0, 60, 1), (0, 64, 1)]),
        ],
    )
    def test_notes_that_never_end(self, tmp_path, events, expected):
        path = tmp_path / "a.mid"
        path.write_bytes(standard(bytes.fromhex(events)))
        assert heard(read_score(path)) == expected

    @pytest.mark.parametrize(
        ("tempos", "qpm"),
        [
            ([(0, 90), (480, 60)], 90),
            ([(480, 60)], 60),
            ([(0, 120), (480, 60)], 60),
            ([(1920, 60)], 60),
            ([(1921, 60)], 120),
        ],
    )
    def test_tempo_of_midi_is_that_of_the_first_note(self, tmp_path, tempos, qpm):
        first = 0 if tempos[0] == (0, 90) else 1
        source = piano((first, 60, 1), (8, 62, 1))
        source.tempos = [symusic.Tempo(time, tempo) for time, tempo in tempos]
        path = tmp_path / "a.mid"
        path.write_bytes(source.dumps_midi())
        assert round(read_score(path).tempos[0].qpm, 2) == qpm

    def test_file_name_that_is_not_utf8(self, tmp_path):
        path = os.fsdecode(bytes(tmp_path) + b"/Erlk\xf6nig.mid")
        write_midi(piano((0, 60, 1)), path)
        assert read_score(path).tracks[0].name == "Erlknig"

    def test_midi_name_in_another_encoding(self, tmp_path):
        path = tmp_path / "piece.mid"
        name = "Canção".encode("latin-1")
        path.write_bytes(standard(b"\0\xff\x03" + bytes([len(name)]) + name + TRACK))
        assert read_score(path).tracks[0].name == "Canção"
        assert heard(read_score(path)) == [(0, 60, 1)]

    def test_midi_name_without_what_cannot_be_printed(self, tmp_path):
        path = tmp_path / "piece.mid"
        path.write_bytes(to_midi(piano((0, 60, 1), name="Erl\x01könig\n")))
        assert read_score(path).tracks[0].name == "Erlkönig"


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "content", "problem"),
        [
            ("a.pdf", b"%PDF", "unsupported file type; give one of .mxl, .musicxml, .xml"),
            ("a", b"", "has an unsupported file type"),
            ("a.mid", b"", "is empty"),
            ("a.mxl", b"", "is empty"),
            ("a.mid", b"\x93\x01\x7f" * 99, "does not begin with the header of a MIDI file"),
            ("a.mid", b"MThd", "does not begin with the header of a MIDI file"),
            ("a.mid", to_midi(piano((0, 60, 1)))[:-9], "it is truncated; save it again"),
            ("a.mid", standard(TRACK, TRACK, form=3), "MIDI format 3, which does not exist"),
            ("a.mid", standard(b"\0\x90\x3c"), "symusic says"),
            ("a.mid", standard(TRACK, ticks=0), "it has no ticks per quarter note"),
            ("a.mid", standard(), "has no notes"),
            ("a.mid", standard(TRACK, TRACK, form=2), "it holds 2 pieces (MIDI format 2); export"),
            ("a.mid", (FILES / "smpte.mid").read_bytes(), "in SMPTE frames; export it with ticks"),
            ("a.mid", (FILES / "riff.mid").read_bytes(), "its RIFF container is truncated; use"),
            (
                "a.mid",
                riff(standard(TRACK), b"WAVE"),
                "RIFF container holds no MIDI data; export",
            ),
            ("a.mid", to_midi(piano()), "has no notes"),
            ("a.mid", to_midi(piano((0, 20, 1), (1, 109, 1))), "no notes on the keys of a piano"),
            ("a.mxl", b"\x93\x01\x7f" * 99, "not well-formed XML"),
            ("a.mxl", archive(a_xml=TestFiles.XML)[:-30], "the archive is damaged"),
            ("a.mxl", archive(a_xml=TestFiles.XML)[:99], "the archive is damaged"),
            ("a.mxl", archive(a_txt="?"), "the archive contains no MusicXML"),
            (
                "a.mxl",
                archive(**{"..__..__a_xml": TestFiles.XML}),
                "outside itself ('../../a.xml')",
            ),
            ("a.mxl", archive(**{"__etc__a_xml": TestFiles.XML}), "outside itself ('/etc/a.xml')"),
            ("a.mxl", archive(a_xml=" " * 50_000_001), "unpacks to more than 50,000,000 bytes"),
            ("a.xml", TestFiles.XML[:-9].encode(), "not well-formed XML"),
            ("a.xml", b'<?xml version="1.0" encoding="klingon"?><a/>', "not well-formed XML"),
            ("a.xml", b"<html/>", "its root is <html>, not <score-partwise>"),
            ("a.xml", b"<score-timewise/>", "its root is <score-timewise>"),
            ("a.xml", b"<score-partwise/>", "has no notes"),
            ("a.xml", musicxml([attributes() + note("-", 48)]).encode(), "has no notes"),
            ("a.xml", TestFiles.XML.replace(">C<", ">X<").encode(), "music21 cannot read it"),
            ("a.xml", TestFiles.XML.replace(">12<", ">0<").encode(), "music21 cannot read it"),
            ("a.xml", TestFiles.XML.replace(">48<", ">4.8e7<").encode(), "first 100,000 quarter"),
            (
                "a.xml",
                TestFiles.XML.replace("<beats>4", "<beats>99999999999").encode(),
                "asks for 99999999999 beats",
            ),
        ],
    )
    def test_one_sentence_with_the_file(self, tmp_path, name, content, problem):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ScoreError) as caught:
            read_score(path)
        message = str(caught.value)
        assert message.startswith(f"{path} ")
        assert problem in message
        assert message.endswith(".")
        assert "\n" not in message

    def test_missing_file(self, tmp_path):
        with pytest.raises(ScoreError, match=r"missing\.mxl does not exist; check the path"):
            read_score(tmp_path / "missing.mxl")

    def test_folder(self, tmp_path):
        with pytest.raises(ScoreError, match="is a folder; give one of the scores in it"):
            read_score(tmp_path)

    def test_large_file(self, tmp_path):
        path = tmp_path / "large.xml"
        path.touch()
        os.truncate(path, 50_000_001)
        with pytest.raises(ScoreError, match="has 50,000,001 bytes; give a score of at most"):
            read_score(path)

    def test_billion_laughs(self, read):
        entities = '<!ENTITY a0 "laugh">' + "".join(
            f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9)
        )
        title = "<movement-title>&a9;</movement-title>"
        text = musicxml([attributes() + note("C4", WHOLE)], header=title)
        with pytest.raises(ScoreError, match="declares XML entities"):
            read(f"<!DOCTYPE score-partwise [{entities}]>{text}")

    def test_key_of_a_million_sharps(self, read):
        key = "<key><fifths>1000000000</fifths></key>"
        assert heard(read(musicxml([attributes(more=key) + note("C4", WHOLE)]))) == [(0, 60, 4)]


class TestFindScores:
    def test_all_below_a_folder(self, tmp_path):
        names = ["b.mid", "a/z.MXL", "a/y.musicxml", "a/b/x.xml", "w.midi"]
        others = ["notes.txt", ".hidden.mid", ".git/a.mid", "__MACOSX/a.mxl", "a/__MACOSX/._b.mid"]
        for name in names + others:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        (tmp_path / "folder.mid").mkdir()
        assert find_scores(str(tmp_path)) == sorted(tmp_path / name for name in names)

    def test_hidden_folder_may_be_asked_for(self, tmp_path):
        folder = tmp_path / ".scores"
        folder.mkdir()
        (folder / "a.mid").touch()
        assert find_scores(folder) == [folder / "a.mid"]

    def test_no_scores(self, tmp_path):
        with pytest.raises(ScoreError, match=r"has no scores; put files of \.mxl"):
            find_scores(tmp_path)
        with pytest.raises(ScoreError, match="is not a folder"):
            find_scores(tmp_path / "missing")


class TestMidiBytes:
    @pytest.mark.parametrize("name", ["bach/bwv66.6", "schubert/Lindenbaum"])
    def test_round_trip(self, name):
        score = read_score(corpus_path(name))
        assert from_midi(to_midi(score)) == score

    def test_reduction(self):
        score = from_midi(to_midi(piano((0, 60, 4), (1, 60, 1), (1, 60, 2), (0.5, 60, 0))))
        assert heard(score) == [(0, 60, 1), (1, 60, 2)]

    def test_no_notes(self):
        assert heard(from_midi(to_midi(piano()))) == []

    @pytest.mark.parametrize("data", [b"", b"junk", to_midi(piano((0, 60, 1)))[:30]])
    def test_garbage(self, data):
        with pytest.raises(ScoreError, match="The bytes cannot be read as MIDI"):
            from_midi(data)

    def test_no_ticks(self):
        data = bytearray(to_midi(piano((0, 60, 1))))
        data[12:14] = b"\0\0"
        with pytest.raises(ScoreError, match="it has no ticks per quarter note"):
            from_midi(bytes(data))

    def test_numerator_of_zero(self):
        score = from_midi(to_midi(piano((0, 60, 1))).replace(b"\x58\x04\x04", b"\x58\x04\x00"))
        assert time_signatures(score) == [(0, "4/4")]


def test_import_is_light():
    code = (
        "import sys, seqzoo.zoo.music.reader as _;"
        "print(*{'music21', 'matplotlib', 'keras', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
