"""The page in Chromium, at a composer that is asked in a musician's words."""

import base64

import music21
import numpy as np
import pytest
import symusic

from seqzoo.serving import create_app, load_models
from tests.serving.browser import listening
from tests.serving.scores.test_api import midi, musicxml

# What the scripts below use. `saved` holds the files that were saved: their names and bytes.
TOOLS = f"""
const violations = [], blobs = [], saved = [];
document.addEventListener("securitypolicyviolation",
  (event) => violations.push(event.violatedDirective));
const {{ createObjectURL }} = URL;
URL.createObjectURL = (blob) => (blobs.push(blob), createObjectURL.call(URL, blob));
HTMLAnchorElement.prototype.click = function () {{ saved.push(this.download); }};
const FILES = {{
  "a.mid": "{base64.b64encode(midi([(0, 1, 67), (1, 1, 69), (2, 1, 71), (3, 3, 74)])).decode()}",
  "song.musicxml": "{base64.b64encode(musicxml()).decode()}",
  "bad.mid": "{base64.b64encode(b"junk").decode()}",
}};
const holding = (name) => {{
  const held = new DataTransfer();
  held.items.add(new File([Uint8Array.from(atob(FILES[name]), (c) => c.charCodeAt(0))], name));
  return held;
}};
const input = (name) => document.querySelector(`[name=${{name}}]`);
const write = (name, value) => {{
  input(name).value = value;
  input(name).dispatchEvent(new Event("input", {{ bubbles: true }}));
}};
const all = (selector) => [...document.querySelectorAll(selector)];
const texts = (selector) => all(selector).map((shown) => shown.textContent);
const button = (text) => all("button").find((shown) => shown.textContent === text);
const begin = (kind) => input("beginning").parentNode.parentNode
  .querySelector(`[value=${{kind}}]`).click();
const curl = () => document.getElementById("curl").textContent;
const sent = () => JSON.parse(/'({{.*}})'/s.exec(curl())[1]).inputs;
const ready = async () => {{
  await until(() => input("beginning"));
  await until(curl);
}};
// When the server has said what the prompt is.
const prompted = async (action) => {{
  action();
  await until(() => !curl());
  await until(curl);
}};
const choose = (name) => {{
  const chooser = document.querySelector("input[type=file]");
  chooser.files = holding(name).files;
  chooser.dispatchEvent(new Event("change"));
}};
const answered = async (action) => {{
  all("#answer > *").forEach((shown) => shown.classList.add("old"));
  action();
  await until(() => document.querySelector("#answer > :not(.old)"));
}};
const compose = () => answered(() => document.getElementById("send").click());
const engraved = async () => {{
  await until(() => document.querySelector(".engraved img"));
  await Promise.all(all(".engraved img").map((image) => image.decode()));
}};
const bars = () => texts("line.numbered + text").length;
const press = (code, key = document.activeElement) => {{
  for (const type of ["keydown", "keyup"]) {{
    key.dispatchEvent(new KeyboardEvent(type, {{ code, bubbles: true, cancelable: true }}));
  }}
}};
const keyOf = (name) => all(".key").find((key) => key.getAttribute("aria-label") === name);
"""


@pytest.fixture(scope="module")
def models(generator):
    return load_models([generator])


@pytest.fixture(scope="module")
def browse(browser, models):
    """Runs a script in the page at the model `generator`."""
    with listening(create_app(models)) as url:
        yield lambda script, **window: browser.run(url, TOOLS + script, **window)


@pytest.fixture(scope="module")
def named(models):
    names = models["generator"][1].vocabulary
    return lambda inputs: [names[token] for token in inputs["token_ids"][0]]


def test_the_first_form_has_24_keys_and_the_metres_of_the_model(browse, named):
    keys, chosen, metre, labels, inputs, json = browse("""
        await ready();
        const key = input("key");
        return [key.options.length, key.selectedOptions[0].textContent, input("metre").value,
          texts(".field label").map((label) => label.trim()), sent(),
          all("textarea").length];
    """)
    assert (keys, chosen, metre, json) == (24, "C major", "4/4", 0)
    assert {"Key", "Metre", "With a voice", "Bars", "Temperature", "Seed"} <= {*labels}
    first = ["Ensemble_VoiceAndPiano", "Key_C-major", "Tempo_96", "Bar_None", "TimeSig_4/4"]
    assert named(inputs) == first


def test_a_key_and_a_metre_become_a_roll_a_score_and_files(browse, named):
    inputs, shown, alts, names, xml, file, violations = browse("""
        await ready();
        await prompted(() => {
          write("key", "B-flat-major");
          write("metre", "3/4");
          write("tempo", "87");
          write("bars", "4");
          input("voice").click();
        });
        await compose();
        await engraved();
        const images = all(".engraved img");
        button("Save as MusicXML").click();
        button("Save as MIDI").click();
        const bytes = [...new Uint8Array(await blobs[1].arrayBuffer())];
        return [sent(), [bars(), all(".note").length > 0, images.every((i) => i.naturalWidth > 0)],
          images.map((i) => i.alt), saved, await blobs[0].text(), bytes, violations];
    """)
    first = ["Ensemble_Piano", "Key_B-flat-major", "Tempo_96", "Bar_None", "TimeSig_3/4"]
    assert named(inputs) == first
    assert shown == [4, True, True]
    assert alts[0].startswith("Engraved score, page 1 of")
    assert names == ["piece.musicxml", "piece.mid"]
    assert violations == []

    score = music21.converter.parseData(xml, format="musicxml")
    assert len(score.parts[0][music21.stream.Measure]) == 4
    assert {sign.ratioString for sign in score[music21.meter.TimeSignature]} == {"3/4"}
    assert {key.sharps for key in score[music21.key.KeySignature]} == {-2}
    assert {mark.number for mark in score[music21.tempo.MetronomeMark]} == {87}
    # Both files hold the same notes, those of the roll.
    played = symusic.Score.from_midi(bytes(file))
    assert played.tempos[0].qpm == pytest.approx(87, rel=1e-3)
    onsets = {
        (round(note.start / played.tpq, 2), note.pitch)
        for track in played.tracks
        for note in track.notes
    }
    written = {
        (round(float(note.getOffsetInHierarchy(score)), 2), pitch.midi)
        for part in score.parts
        for note in part.recurse().notes
        for pitch in note.pitches
        if note.tie is None or note.tie.type == "start"
    }
    assert max(onset for onset, _ in onsets) < 12
    assert onsets == written


def test_continue_adds_as_many_bars_again(browse, named):
    first, second, inputs, seed = browse("""
        await ready();
        write("bars", "2");
        await compose();
        await engraved();
        const first = bars();
        await answered(() => button("Continue").click());
        return [first, bars(), sent(), input("seed").value];
    """)
    assert (first, second, seed) == (2, 4, "2")
    assert named(inputs).count("Bar_None") == 3
    assert named(inputs)[-1] == "Bar_None"


@pytest.mark.parametrize(
    ("way", "name", "told", "events"),
    [
        (
            "choose",
            "a.mid",
            "Begins with 2 bars in G major, in 3/4, at 96 quarter notes a minute, for piano.",
            ["Piano_72", "Piano_74", "Piano_76", "Piano_79"],
        ),
        (
            "drop",
            "song.musicxml",
            "Begins with 2 bars in A minor, in 2/4, at 120 quarter notes a minute, with a voice.",
            ["Voice_69", "Piano_45", "Voice_71", "Voice_72", "Piano_40", "Voice_69"],
        ),
    ],
)
def test_an_uploaded_score_is_continued(browse, named, way, name, told, events):
    action = {
        "choose": f'begin("file"); choose("{name}");',
        "drop": f"""document.body.dispatchEvent(new DragEvent("drop",
            {{ dataTransfer: holding("{name}"), bubbles: true, cancelable: true }}));""",
    }[way]
    status, inputs, count, heading = browse(f"""
        await ready();
        await prompted(() => {{ {action} }});
        const status = texts(".prompt-status")[0];
        write("bars", "1");
        await compose();
        await engraved();
        return [status, sent(), bars(),
          decodeURIComponent(document.querySelector(".engraved img").src)];
    """)
    assert status == told
    assert [name for name in named(inputs) if name.startswith(("Voice", "Piano"))] == events
    assert count == 3
    assert ", continued" in heading


def test_a_file_that_is_no_score_is_told_and_not_sent(browse):
    told, answer, focus = browse("""
        await ready();
        begin("file");
        choose("bad.mid");
        await until(() => texts(".composer > .wrong")[0].includes("bad.mid"));
        document.getElementById("send").click();
        await until(() => document.activeElement.name === "beginning");
        return [texts(".composer > .wrong")[0], texts("#answer")[0], curl()];
    """)
    assert told.startswith("bad.mid cannot be read as MIDI: it does not begin with the header")
    assert (answer, focus) == ("Nothing sent yet.", "")


def test_notes_are_played_by_keys_and_by_pointer(browse, named):
    played, inputs, focused, stops = browse("""
        await ready();
        begin("notes");
        await until(() => !curl());
        write("value", "0.5");
        keyOf("C4").focus();
        press("KeyS");
        press("ArrowRight");
        const focused = document.activeElement.getAttribute("aria-label");
        press("Enter");
        write("value", "1");
        button("Rest").click();
        const key = keyOf("E4");
        key.setPointerCapture = () => {};
        key.dispatchEvent(new PointerEvent("pointerdown", { pointerId: 1 }));
        key.dispatchEvent(new PointerEvent("pointerup", { pointerId: 1 }));
        press("KeyJ");
        button("Take back").click();
        await until(curl);
        return [texts(".played li"), sent(), focused, all(".key[tabindex='0']").length];
    """)
    assert played == ["D4 eighth", "C♯4 eighth", "Rest quarter", "E4 quarter"]
    assert (focused, stops) == ("C♯4", 1)
    events = [name for name in named(inputs) if name.startswith(("Voice", "Position"))]
    assert events == [
        *("Position_0", "Voice_62", "Position_6", "Voice_61", "Position_24", "Voice_64"),
    ]


@pytest.mark.slow
def test_a_chord_is_of_keys_that_are_held_unless_a_voice_sings(browse, named):
    chord, sung = browse("""
        await ready();
        begin("notes");
        await until(() => !curl());
        const hold = (type, ...codes) => {
          for (const code of codes) document.activeElement.dispatchEvent(
            new KeyboardEvent(type, { code, bubbles: true }));
        };
        const seen = [];
        input("voice").click();
        keyOf("C4").focus();
        hold("keydown", "KeyA", "KeyD", "KeyG");
        hold("keyup", "KeyA", "KeyD", "KeyG");
        await until(curl);
        seen.push(sent());
        input("voice").click();
        await until(() => !curl());
        await until(curl);
        seen.push(sent());
        return seen;
    """)
    of = lambda inputs: [n for n in named(inputs) if n.startswith(("Voice", "Piano", "Position"))]  # noqa: E731
    assert of(chord) == ["Position_0", "Piano_60", "Piano_64", "Piano_67"]
    assert of(sung) == ["Position_0", "Voice_67"]


def test_the_inputs_are_json_one_click_away(browse, named):
    opened, sent, continued, back = browse("""
        await ready();
        const toggle = document.getElementById("as-json");
        toggle.click();
        await until(() => input("inputs"));
        const opened = JSON.parse(input("inputs").value);
        const hasFocus = document.activeElement === input("inputs");
        write("inputs", JSON.stringify({ ...opened, length: 40 }));
        await compose();
        const sentInputs = sent();
        await answered(() => button("Continue").click());
        const continued = JSON.parse(input("inputs").value);
        toggle.click();
        return [[opened, hasFocus, all(".engraved").length], sentInputs, continued,
          [input("key").value, toggle.getAttribute("aria-pressed"), all("textarea").length]];
    """)
    inputs, has_focus, scores = opened
    assert inputs.keys() == {"token_ids", "length", "temperature", "seed"}
    assert (has_focus, scores) == (True, 0)
    assert sent == {**inputs, "length": 40}
    prompt = named(inputs)
    assert named(continued)[: len(prompt)] == prompt
    assert len(named(continued)) > len(prompt)
    assert continued["seed"] == inputs["seed"] + 1
    assert back == ["C-major", "false", 0]


def test_without_music_packages_it_says_so_and_json_is_sent(browse):
    told, opened, answer = browse("""
        await ready();
        const { fetch } = window;
        const error = "The package miditok is not installed.";
        window.fetch = (path, ...rest) => path === "/page/prompt"
          ? Promise.resolve(new Response(JSON.stringify({ error }), { status: 501 }))
          : fetch(path, ...rest);
        write("key", "D-major");
        await until(() => texts(".composer > .wrong")[0]);
        const told = texts(".composer > .wrong")[0];
        document.getElementById("as-json").click();
        await until(() => input("inputs"));
        const opened = JSON.parse(input("inputs").value);
        await compose();
        return [told, opened, texts("#answer .piece h4")];
    """)
    assert told == "The package miditok is not installed."
    assert opened["token_ids"] == [[]]
    assert answer == ["Piece"]


def test_bars_that_are_no_number_are_told(browse):
    told = browse("""
        await ready();
        write("bars", "0");
        document.getElementById("send").click();
        await until(() => document.activeElement === input("bars"));
        return [texts("#answer")[0], document.activeElement.getAttribute("aria-invalid")];
    """)
    assert told == ["Nothing sent yet.", "true"]


@pytest.mark.parametrize("scheme", ["dark", pytest.param("light", marks=pytest.mark.slow)])
def test_nothing_is_wider_than_a_narrow_window(browse, scheme):
    width, window, paper = browse(
        """
        await ready();
        begin("notes");
        write("bars", "1");
        begin("conditions");
        await compose();
        await engraved();
        begin("notes");
        return [document.documentElement.scrollWidth, innerWidth,
          getComputedStyle(all(".engraved")[0]).backgroundColor];
        """,
        scheme=scheme,
        width=500,
    )
    assert width <= window <= 500
    # Black notes are seen on white paper only.
    np.testing.assert_equal(paper, "rgb(255, 255, 255)")
