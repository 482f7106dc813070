"""What the page asks about scores: prompts from scores, and scores of tokens."""

import base64
import io
import shutil
import zipfile

import music21
import pytest
import symusic
from starlette.testclient import TestClient

from seqzoo.serving import Limits, create_app, load_models

G_MINOR = {"key": "G minor", "tempo": 80, "time_signature": "3/4", "voice": True}


@pytest.fixture(scope="module")
def served(generator, saved):
    return load_models([generator, saved])


@pytest.fixture(scope="module")
def client(served):
    with TestClient(create_app(served), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def names(served):
    return served["generator"][1].vocabulary


@pytest.fixture(scope="module")
def ask(client):
    """Returns the status and the JSON of an answer."""

    def ask(path, client=client, model="generator", **question):
        answer = client.post(f"/page/{path}", json={"model": model, "version": 1, **question})
        return answer.status_code, answer.json()

    return ask


def named(names, answer):
    return [names[token] for token in answer["token_ids"]]


def uploaded(content, name, **more):
    return {"name": name, "b64": base64.b64encode(content).decode(), **more}


def midi(notes, numerator=3, tempo=96):
    """A MIDI file of notes: onset, duration in quarter notes, pitch."""
    score = symusic.Score(480)
    score.time_signatures.append(symusic.TimeSignature(0, numerator, 4))
    score.key_signatures.append(symusic.KeySignature(0, 1, 0))
    score.tempos.append(symusic.Tempo(0, tempo))
    score.tracks.append(symusic.Track(name="Étude", program=0))
    for onset, duration, pitch in notes:
        score.tracks[0].notes.append(
            symusic.Note(round(480 * onset), round(480 * duration), pitch, 64)
        )
    return score.dumps_midi()


def musicxml():
    """The MusicXML of a song in A minor, 2/4: two bars that are sung, over a piano."""
    voice, piano = music21.stream.Part(id="Voice"), music21.stream.Part(id="Piano")
    voice.partName, piano.partName = "Voice", "Piano"
    for part in (voice, piano):
        part.append([music21.key.Key("a"), music21.meter.TimeSignature("2/4")])
    voice.append([music21.note.Note(pitch, quarterLength=1) for pitch in ("A4", "B4", "C5", "A4")])
    piano.append([music21.note.Note(pitch, quarterLength=2) for pitch in ("A2", "E2")])
    score = music21.stream.Score([voice, piano])
    score.insert(0, music21.metadata.Metadata(title="Canção"))
    return music21.musicxml.m21ToXml.GeneralObjectExporter(score).parse()


def test_conditions_become_the_first_events(ask, names):
    status, answer = ask("prompt", conditions=G_MINOR)
    assert status == 200
    first = ["Ensemble_VoiceAndPiano", "Key_G-minor", "Tempo_76", "Bar_None", "TimeSig_3/4"]
    assert named(names, answer) == first
    assert (answer["bars"], answer["tempo"], answer["key"]) == (0, 80, "G minor")


def test_without_conditions_it_is_a_song_in_c_major(ask, names):
    _, answer = ask("prompt")
    first = ["Ensemble_VoiceAndPiano", "Key_C-major", "Tempo_96", "Bar_None", "TimeSig_4/4"]
    assert named(names, answer) == first


def test_every_key_and_metre_of_the_list_can_be_asked_for(client, ask, names):
    (listed,) = (m for m in client.get("/models").json()["models"] if m["name"] == "generator")
    composer = listed["versions"][0]["composers"]["compose"]
    assert (len(composer["keys"]), len(composer["time_signatures"])) == (24, 24)
    assert names[composer["bar"]] == "Bar_None"
    for key in composer["keys"]:
        _, answer = ask("prompt", conditions={"key": key, "voice": False})
        assert named(names, answer)[:2] == ["Ensemble_Piano", f"Key_{key}"]
    for metre in composer["time_signatures"]:
        _, answer = ask("prompt", conditions={"time_signature": metre})
        assert named(names, answer)[-1] == f"TimeSig_{metre}"


def test_a_midi_file_becomes_its_events_and_says_what_it_is(ask, names):
    # Two bars of 3/4 in G major: G4, A4, B4, and D5 for a bar.
    content = midi([(0, 1, 67), (1, 1, 69), (2, 1, 71), (3, 3, 74)], tempo=103)
    status, answer = ask("prompt", file=uploaded(content, "a.mid"))
    assert status == 200
    # The tonic is written as C: a fourth above G.
    pitches = [name for name in named(names, answer) if name.startswith("Piano_")]
    assert pitches == ["Piano_72", "Piano_74", "Piano_76", "Piano_79"]
    assert named(names, answer)[:2] == ["Ensemble_Piano", "Key_G-major"]
    # It goes on in a new bar.
    assert named(names, answer)[-1] == "Bar_None"
    del answer["token_ids"]
    assert answer == {
        "bars": 2,
        "tempo": pytest.approx(103, rel=1e-4),
        "key": "G major",
        "time_signature": "3/4",
        "voice": False,
        "title": "Étude, continued",
    }


@pytest.mark.parametrize("name", ["song.musicxml", "song.xml", "song.mxl"])
def test_musicxml_keeps_its_voice_and_only_the_bars_that_are_asked_for(ask, names, name):
    content = musicxml()
    if name.endswith(".mxl"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("song.musicxml", content)
        content = packed.getvalue()
    _, whole = ask("prompt", file=uploaded(content, name))
    _, first = ask("prompt", file=uploaded(content, name, bars=1))
    assert (whole["bars"], first["bars"]) == (2, 1)
    assert whole["key"] == first["key"] == "A minor"
    assert whole["voice"] is first["voice"] is True
    assert whole["title"] == "Canção, continued"
    sung = [name for name in named(names, first) if name.startswith("Voice_")]
    assert sung == ["Voice_69", "Voice_71"]


@pytest.mark.parametrize(("voice", "part"), [(True, "Voice"), (False, "Piano")])
def test_played_notes_are_sung_or_of_the_piano(ask, names, voice, part):
    conditions = {"key": "D major", "time_signature": "2/4", "voice": voice}
    notes = {"onset": [0, 0.5, 2], "duration": [0.5, 0.5, 1], "pitch": [62, 64, 66]}
    _, answer = ask("prompt", conditions=conditions, notes=notes)
    # D is written as C, and a beat has twelve positions.
    events = [n for n in named(names, answer) if n.startswith((part, "Position", "Bar"))]
    assert events == [
        *("Bar_None", "Position_0", f"{part}_60", "Position_6", f"{part}_62"),
        *("Bar_None", "Position_0", f"{part}_64"),
    ]
    assert (answer["bars"], answer["voice"], answer["title"]) == (2, voice, "")


def piece(ask, names):
    """The tokens of a bar, with a voice over a chord."""
    events = [
        *("Ensemble_VoiceAndPiano", "Key_G-major", "Tempo_76", "Bar_None", "TimeSig_3/4"),
        *("Position_0", "Voice_72", "Duration_1.0.12", "Piano_60", "Duration_3.0.12"),
        *("Position_12", "Voice_76", "Duration_2.0.12"),
    ]
    return [names.index(event) for event in events]


def test_tokens_become_musicxml_and_pages(ask, names):
    status, answer = ask("score", token_ids=piece(ask, names), tempo=83)
    assert (status, answer["missing"]) == (200, None)
    score = music21.converter.parseData(answer["musicxml"], format="musicxml")
    notes = [
        (note.offset, note.quarterLength, note.pitch.midi)
        for part in score.parts
        for note in part.flatten().notes
    ]
    # The key is G major, a fifth below which the events are written.
    assert sorted(notes) == [(0, 1, 67), (0, 3, 55), (1, 2, 71)]
    assert score.metadata.movementName == "Song in G major"
    assert {mark.number for mark in score[music21.tempo.MetronomeMark]} == {83}
    (page,) = answer["pages"]
    assert page.startswith("<svg")
    assert "Song in G major" in page


def test_notes_are_cut_at_the_last_bar_line_that_is_asked_for(ask, names):
    events = [
        *("Bar_None", "TimeSig_2/4", "Position_12", "Piano_60", "Duration_3.0.12"),
        "Bar_None",
    ]
    tokens = [names.index(event) for event in events]
    _, answer = ask("score", token_ids=tokens, bars=1)
    score = music21.converter.parseData(answer["musicxml"], format="musicxml")
    assert [len(part[music21.stream.Measure]) for part in score.parts] == [1, 1]
    assert [float(note.quarterLength) for note in score.recurse().notes] == [1]


def test_a_title_is_text(ask, names):
    title = "<script>alert(1)</script> & co"
    _, answer = ask("score", token_ids=piece(ask, names), title=title)
    assert "<script" not in answer["pages"][0] + answer["musicxml"]
    score = music21.converter.parseData(answer["musicxml"], format="musicxml")
    assert score.metadata.movementName == title


def bomb():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("song.xml", b" " * 60_000_000)
    return packed.getvalue()


ENTITIES = (
    b'<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><score-partwise>&b;</score-partwise>'
)
STRANGE = b"<score-partwise><part><measure><note/></measure></part></score-partwise>"


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "a.mid", "a.mid is empty"),
        (b"junk", "a.mid", "a.mid cannot be read as MIDI: it does not begin with the header"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\xff\xff", "a.midi", "it is truncated"),
        (b"junk", "a.musicxml", "a.musicxml cannot be read as MusicXML: it is not well-formed"),
        (b"<html/>", "a.xml", "its root is <html>"),
        (STRANGE, "a.xml", "a.xml"),
        (ENTITIES, "a.xml", "it declares XML entities"),
        (b"PK\3\4junk", "a.mxl", "the archive is damaged"),
        (bomb(), "a.mxl", "the archive unpacks to more than"),
        (b"MThd", "a.doc", "a.doc has an unsupported file type; give one of .mxl"),
        (b"MThd", "/etc/a.mid", "a.mid cannot be read"),
        (b"MThd", "..\\..\\a.mid", "a.mid cannot be read"),
        (midi([]), "a.mid", "a.mid has no notes"),
    ],
)
def test_a_file_that_is_no_score_is_refused_by_its_name(ask, content, name, message):
    status, answer = ask("prompt", file=uploaded(content, name))
    assert status == 400
    assert answer["error"].startswith("a.")
    assert message in answer["error"]


NOTES = {"onset": [0], "duration": [1], "pitch": [60]}


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"conditions": {"key": "H minor"}}, "There is no key 'H minor'"),
        ({"conditions": {"time_signature": "13/8"}}, "no time signature '13/8': choose one of 1/4"),
        ({"conditions": {"time_signature": "13/8"}, "notes": NOTES}, "no time signature '13/8'"),
        ({"conditions": {"tempo": 0}}, "The tempo must be above 0"),
        ({"conditions": {"tempo": "fast"}}, 'tempo must be a finite number. Received: "fast"'),
        ({"conditions": {"tempo": True}}, "tempo must be a finite number"),
        ({"conditions": {"voice": 1}}, "voice must be true or false. Received: 1"),
        ({"conditions": {"mood": "sad"}}, 'There is no condition "mood"'),
        ({"conditions": []}, "conditions must be an object. Received: []"),
        ({"file": "a.mid"}, "file must be an object"),
        ({"file": {"name": 1, "b64": ""}}, "name must be a text. Received: 1"),
        ({"file": {"name": "a.mid", "b64": "?"}}, "The file is not valid Base64"),
        ({"file": {"name": "a.mid", "b64": "é"}}, "The file is not valid Base64"),
        ({"file": {"name": "a.mid", "b64": "", "bars": 0}}, "bars must be an integer from 1"),
        ({"file": {"name": "a.mid", "b64": ""}, "notes": NOTES}, "A prompt is a file or notes"),
        ({"notes": {**NOTES, "pitch": [60, 62]}}, "must have the same length"),
        ({"notes": {**NOTES, "pitch": [128]}}, "a pitch from 0 to 127. Received: [0, 1, 128]"),
        ({"notes": {**NOTES, "onset": [-1]}}, "A note has an onset from 0"),
        ({"notes": {**NOTES, "duration": [0]}}, "A note has an onset from 0"),
        ({"notes": {**NOTES, "onset": [1e9]}}, "A note has an onset from 0 to 100000"),
        ({"notes": {**NOTES, "duration": [1e308]}}, "A note has an onset from 0"),
        ({"notes": {**NOTES, "onset": [99_999], "duration": [2]}}, "after 100,000 quarter notes"),
        (
            {
                "notes": {"onset": [0, 0], "duration": [1, 1], "pitch": [60, 64]},
                "conditions": {"voice": True},
            },
            "The voice sings one note at a time",
        ),
        ({"notes": {**NOTES, "pitch": [3]}}, "not on the keys of a piano"),
        ({"notes": {"onset": [0]}}, "duration must be a list"),
    ],
)
def test_a_prompt_that_cannot_be_is_told(ask, question, message):
    status, answer = ask("prompt", **question)
    assert status == 400
    assert message in answer["error"]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({}, "token_ids must be a list. Received: null"),
        ({"token_ids": [483]}, "token_ids has 483: give integers from 0 to 482."),
        ({"token_ids": [-1]}, "token_ids has -1"),
        ({"token_ids": [True]}, "token_ids has true"),
        ({"token_ids": [[5]]}, "token_ids has [5]"),
        ({"token_ids": []}, "The piece has no notes yet."),
        ({"token_ids": [4], "tempo": "x"}, "tempo must be a finite number"),
        ({"token_ids": [4], "bars": "all"}, "bars must be an integer from 1 to 10000"),
        ({"token_ids": [4], "title": 5}, "title must be a text"),
    ],
)
def test_a_score_that_cannot_be_is_told(ask, question, message):
    status, answer = ask("score", **question)
    assert status == 400
    assert message in answer["error"]


def test_the_model_must_be_there_and_know_its_events(client, ask):
    assert ask("prompt", model="other")[0] == 404
    status, answer = ask("prompt", model=3)
    assert (status, answer["error"]) == (
        400,
        "Name a model and its version: a text and an integer. Received: [3, 1]",
    )
    question = {"model": "toy", "version": 3}
    answer = client.post("/page/prompt", json=question)
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        'The model "toy" does not say which events it knows: export it again.',
    )


def test_a_model_with_other_events_is_refused(generator, tmp_path):
    folder = tmp_path / "other"
    shutil.copytree(generator, folder)
    file = folder / "1" / "assets.extra" / "vocabulary.txt"
    file.write_text(file.read_text() + "New_event\n")
    with TestClient(create_app(load_models([folder]))) as client:
        answer = client.post("/page/prompt", json={"model": "other", "version": 1})
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "The model has other events than this version of seqzoo: export it again."
    )


@pytest.mark.parametrize("target", ["/page/prompt", "/page/score", "/page/", "/page/x", "/PAGE/y"])
def test_other_requests_are_malformed(client, target):
    answer = client.get(target)
    assert answer.status_code == 400
    assert answer.json()["error"] == f"Malformed request: GET {target}"


def test_pages_of_other_sites_may_not_ask(client):
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.post("/page/prompt", json={"model": "generator"}, headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("limits", "path", "question", "message"),
    [
        (Limits(body_bytes=100), "prompt", {"file": uploaded(b"x" * 99, "a.mid")}, "larger than"),
        (Limits(values=20), "score", {"token_ids": [4] * 30}, "more than 20 values"),
        (
            Limits(tokens=9),
            "score",
            {"token_ids": [4] * 10},
            "The score has 10 events, but at most",
        ),
        (Limits(tokens=9), "prompt", {"file": uploaded(midi([(0, 1, 60)] * 3), "a.mid")}, None),
        (
            Limits(tokens=9),
            "prompt",
            {"file": uploaded(midi([(n, 1, 60) for n in range(9)]), "a.mid")},
            "events, but at most 9 are allowed: give a shorter one.",
        ),
        (Limits(tokens=1), "prompt", {"notes": NOTES}, "has 2 events"),
        (
            Limits(memory_bytes=2**26, concurrency=4),
            "prompt",
            {"file": uploaded(midi([(n / 8, 1 / 8, 60) for n in range(200_000)]), "a.mid")},
            "The score needs more than 16 MiB of memory: give a shorter one.",
        ),
    ],
)
def test_what_is_too_large_is_refused(served, ask, limits, path, question, message):
    with TestClient(create_app(served, limits)) as client:
        status, answer = ask(path, client, **question)
    if message is None:
        assert status == 200
    else:
        assert status == 413
        assert message in answer["error"]
