"""The page in Chromium, at a signature that composes."""

import numpy as np
import pytest
import symusic

from seqzoo.serving import create_app, load_models
from tests.serving.browser import listening
from tests.serving.composing import BARS, END, FIRST_EVENT, PIECES, save

# What the scripts below use. The context's clock goes on by 0.02 s with each drawn frame, up to
# `end`; `ordered` are the sounds that it was given.
TOOLS = """
const ordered = [];
let contexts = 0, now = 0, end = Infinity, order;
const parameter = () =>
  ({ setValueAtTime() {}, linearRampToValueAtTime() {}, setTargetAtTime() {} });
const node = () => ({ gain: parameter(), frequency: parameter(), detune: {}, connect() {} });
const listen = () => {
  window.requestAnimationFrame = (draw) => setTimeout(() => {
    now = Math.min(now + 0.02, end);
    draw();
    order?.();
  });
  window.setInterval = (act) => { order = act; };
  window.clearInterval = () => { order = undefined; };
  window.cancelAnimationFrame = clearTimeout;
  window.AudioContext = class {
    constructor() { contexts += 1; now = 0; }
    get currentTime() { return now; }
    createGain() { return node(); }
    createBiquadFilter() { return node(); }
    createDynamicsCompressor() { return node(); }
    createOscillator() {
      const made = node();
      made.start = (from) => { made.from = from; };
      made.stop = () => ordered.push([made.frequency.value, made.from]);
      return made;
    }
    close() { this.isClosed = true; }
  };
};
const input = (name) => document.querySelector(`[name=${name}]`);
const write = (name, value) => {
  input(name).value = value;
  input(name).dispatchEvent(new Event("input"));
};
const all = (selector) => [...document.querySelectorAll(`#answer ${selector}`)];
const texts = (selector) => all(selector).map((shown) => shown.textContent);
const answered = async (action) => {
  document.querySelectorAll("#answer > *").forEach((shown) => shown.classList.add("old"));
  action();
  await until(() => document.querySelector("#answer > :not(.old)"));
};
const ready = () => until(() => document.querySelector("textarea"));
const send = () => answered(() => document.getElementById("send").click());
const button = (text) => all("button").find((shown) => shown.textContent === text);
const status = () => texts("[role=status]")[0];
const sent = () => JSON.parse(/'({.*})'/s.exec(document.getElementById("curl").textContent)[1]);
"""


@pytest.fixture(scope="module")
def browse(browser, tmp_path_factory):
    """Runs a script in the page at a signature of the model `composer`."""
    models = load_models([save(tmp_path_factory.mktemp("saved_models"))])
    with listening(create_app(models)) as url:
        yield lambda script, signature="compose", **window: browser.run(
            f"{url}/#composer/1/{signature}", TOOLS + script, **window
        )


def frequency(pitch):
    return 440 * 2 ** ((pitch - 69) / 12)


def test_the_roll_has_every_note_at_its_place_in_the_colour_of_its_part(browse):
    notes, colours, legend, names, texts, lines, numbers = browse("""
        await ready();
        await send();
        const notes = all(".note");
        const fill = (shown) => getComputedStyle(shown).fill;
        const swatch = (part) => getComputedStyle(all(`.legend .${part}`)[0], "::before");
        return [
          notes.map((note) => ["x", "y", "width"].map((name) => Number(note.getAttribute(name)))
            .concat(note.classList.contains("voice") ? 0 : 1)),
          ["voice", "piano"].map((part) => [
            ...new Set(all(`.note.${part}`).map(fill)), swatch(part).backgroundColor]),
          texts(".legend li"),
          all(".roll [role]").map((shown) => shown.getAttribute("aria-label")),
          [texts(".piece > .hint")[0], texts(".note title")[0]],
          all("line.numbered").map((line) => Number(line.getAttribute("x1"))),
          texts("line.numbered + text"),
        ];
    """)
    expected = [(onset, pitch, duration, part) for onset, duration, pitch, part in PIECES[0]]
    # Pixels are quarter notes and half tones, up to a factor and what stands between notes.
    drawn, known = (np.array(sorted(rows)) for rows in ([_upwards(n) for n in notes], expected))
    assert len(drawn) == len(known)
    for axis in range(2):
        slope, offset = np.polyfit(known[:, axis], drawn[:, axis], 1)
        assert slope > 0
        np.testing.assert_allclose(slope * known[:, axis] + offset, drawn[:, axis], atol=1e-6)
    quarter = np.polyfit(known[:, 0], drawn[:, 0], 1)[0]
    np.testing.assert_allclose(drawn[:, 2], known[:, 2] * quarter, atol=1.5)
    np.testing.assert_array_equal(drawn[:, 3], known[:, 3])
    for fill, swatch in colours:
        assert fill == swatch
    assert colours[0] != colours[1]
    assert legend == ["voice 3", "piano 4"]
    np.testing.assert_allclose(lines, np.array(BARS[0]) * quarter)
    assert numbers == ["1", "2", "3"]
    summary = "8 quarter notes, 7 notes from C3 to C5; 0:04 at 120 quarter notes a minute"
    assert names == ["Piano roll", f"Piece: {summary}"]
    assert texts == [
        f"{summary}. Numbers count bars.",
        "C3, piano, from quarter note 0, 1 long",
    ]


def _upwards(note):
    x, y, width, part = note
    return x, -y, width, part


def test_playing_sounds_every_note_in_time_and_stops_by_itself_at_the_end(browse):
    before, during, after, ordered, seconds = browse("""
        listen();
        await ready();
        await send();
        const seen = () => [contexts, button("Play") ? "Play" : "Stop", status(),
          all(".playhead")[0].getAttribute("visibility"),
          Number(all(".playhead")[0].getAttribute("x1"))];
        const before = seen();
        end = 2;
        button("Play").click();
        await until(() => now === end);
        const during = seen();
        end = Infinity;
        await until(() => button("Play"));
        return [before, during, seen(), ordered, now];
    """)
    assert before[:4] == [0, "Play", "", "hidden"]
    assert during[:4] == [1, "Stop", "Playing", "visible"]
    # Four quarter notes in two seconds, less the delay at the start.
    assert 28 * 3.5 < during[4] < 28 * 4.1
    assert after[:4] == [1, "Play", "Stopped", "hidden"]
    # The last note ends at 7.75 quarter notes of half a second; a delay before, a frame after.
    assert 3.975 < seconds < 4
    expected = [(onset / 2, frequency(pitch)) for onset, _, pitch, _ in PIECES[0]]
    # Two oscillators a note; all begin by the same delay later.
    heard = sorted((from_, hertz) for hertz, from_ in ordered)
    known = np.repeat(sorted(expected), 2, axis=0)
    np.testing.assert_allclose(np.array(heard) - [heard[0][0], 0], known, atol=1e-6)


def test_it_stops_when_asked_to_and_when_another_answer_comes(browse):
    seen = browse("""
        listen();
        await ready();
        await send();
        button("Play").click();
        await until(() => now > 0.2);
        button("Stop").click();
        const stopped = [status(), button("Play") !== undefined];
        button("Play").click();
        const isPlaying = [status(), Player.current !== null];
        await send();
        return [stopped, isPlaying, [status(), Player.current !== null]];
    """)
    assert seen == [["Stopped", True], ["Playing", True], ["", False]]


def test_it_plays_from_where_the_position_is(browse):
    ordered = browse("""
        listen();
        await ready();
        await send();
        const position = all("input[type=range]")[0];
        position.value = 4;
        position.dispatchEvent(new Event("input"));
        button("Play").click();
        await until(() => button("Play"));
        return ordered;
    """)
    expected = [frequency(pitch) for onset, _, pitch, _ in PIECES[0] if onset >= 4]
    np.testing.assert_allclose(sorted(hertz for hertz, _ in ordered)[::2], sorted(expected))


@pytest.mark.parametrize("part", ["voice", "piano"])
def test_a_sound_has_its_pitch_and_ends(browse, part):
    """What the browser's own synthesis makes of a note of half a second from 0.25 s."""
    rate = 16000
    samples = browse(f"""
        const context = new OfflineAudioContext(1, 2 * {rate}, {rate});
        sound(context, outputOf(context), {{ pitch: 69, part: "{part}" }}, 0.25, 0.75);
        return [...(await context.startRendering()).getChannelData(0)];
    """)
    # The compressor looks ahead by milliseconds.
    before, during, after = np.split(np.array(samples), [rate // 4, int(0.8 * rate)])
    assert np.abs(before).max() < 1e-6
    assert np.abs(after[-rate // 4 :]).max() < 1e-3
    assert 0.02 < np.abs(during).max() < 1
    spectrum = np.abs(np.fft.rfft(during * np.hanning(len(during)), 8 * rate))
    assert np.argmax(spectrum) / 8 == pytest.approx(440, abs=3)


def test_the_slider_sets_the_temperature_of_the_request(browse):
    seen = browse("""
        await ready();
        const slider = input("temperature");
        const seen = [[slider.min, slider.max, slider.value, sent().inputs]];
        write("temperature", "1.5");
        seen.push([document.querySelector("output").textContent, sent().inputs.temperature]);
        await send();
        seen.push(/at (\\d+) quarter/.exec(texts(".piece > .hint")[0])[1]);
        write("temperature", "0");
        await send();
        seen.push([texts(".hint")[0], all(".roll").length]);
        return seen;
    """)
    example = {"token_ids": [[]], "length": 512, "temperature": 1, "seed": 1}
    assert seen == [
        ["0", "2", "1", example],
        ["1.50", 1.5],
        "180",
        ["Not shown as music: a tempo is not positive.", 0],
    ]


def test_continue_sends_what_was_composed_with_the_next_seed(browse):
    first, second, hasFocus = browse("""
        await ready();
        write("length", "5");
        write("token_ids", "[[9, 7], [8, 6]]");
        await send();
        all("button").filter((shown) => shown.textContent === "Continue")[1].focus();
        await answered(() => document.activeElement.click());
        const first = sent().inputs;
        await answered(() => button("Continue").click());
        return [first, sent().inputs, document.activeElement.id === "answer"];
    """)
    prompt = [8, 6, *[FIRST_EVENT + 1] * 3]
    assert (first["token_ids"], first["seed"]) == ([prompt], 2)
    longer = [*prompt, *[FIRST_EVENT + 2] * 3]
    assert (second["token_ids"], second["seed"]) == ([longer], 3)
    assert END not in longer
    assert hasFocus


def test_every_piece_has_a_roll_unless_it_has_no_notes(browse):
    seen = browse("""
        await ready();
        write("token_ids", "[[9], [9], [9]]");
        await send();
        return all(".piece").map((piece) => [piece.getAttribute("aria-label"),
          piece.querySelectorAll(".note").length, piece.querySelectorAll("button").length]);
    """)
    assert seen == [["Piece 1", 7, 3], ["Piece 2", 1, 3], ["Piece 3", 0, 1]]


def test_notes_alone_are_of_the_piano_and_are_not_continued(browse):
    seen = browse(
        """
        await ready();
        write("pitches", "[[60, 62, 64]]");
        await send();
        const seen = [texts(".legend li"), texts("button"), texts(".piece > .hint")];
        write("pitches", "[[60, 128]]");
        await send();
        return [...seen, texts(".hint")[0]];
        """,
        "scale",
    )
    assert seen == [
        ["piano 3"],
        ["Play", "Save as MIDI"],
        [
            "3 quarter notes, 3 notes from C4 to E4; 0:02 at 120 quarter notes a minute. "
            "Numbers count quarter notes."
        ],
        "Not shown as music: note 2 has no onset from 0, no duration above 0, no pitch from 0 to "
        "127, or no part that is 0 or 1.",
    ]


def test_a_midi_file_has_the_notes_and_the_tempo(browse):
    contents, name, violations = browse("""
        const violations = [], blobs = [], names = [];
        document.addEventListener("securitypolicyviolation",
          (event) => violations.push(event.violatedDirective));
        const { createObjectURL } = URL;
        URL.createObjectURL = (blob) => (blobs.push(blob), createObjectURL.call(URL, blob));
        const { click } = HTMLAnchorElement.prototype;
        HTMLAnchorElement.prototype.click = function () {
          names.push(this.download);
          click.call(this);
        };
        await ready();
        write("temperature", "0.5");
        await send();
        button("Save as MIDI").click();
        await until(() => names.length);
        return [[...new Uint8Array(await blobs[0].arrayBuffer())], names[0], violations];
    """)
    assert (name, violations) == ("piece.mid", [])
    midi = bytes(contents)
    assert midi[:10] == b"MThd\0\0\0\6\0\0"
    score = symusic.Score.from_midi(midi)
    assert [(tempo.time, tempo.qpm) for tempo in score.tempos] == [(0, pytest.approx(60))]
    parts = {52: 0, 0: 1}
    notes = [
        (note.start / score.tpq, note.duration / score.tpq, note.pitch, parts[track.program])
        for track in score.tracks
        for note in track.notes
    ]
    assert sorted(notes) == sorted(PIECES[0])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_narrow_window(browse, scheme):
    width, window, colour = browse(
        """
        await ready();
        await send();
        return [document.documentElement.scrollWidth, innerWidth,
          getComputedStyle(all(".note.piano")[0]).fill];
        """,
        scheme=scheme,
        width=500,
    )
    assert width <= window <= 500
    assert colour == ("rgb(86, 180, 233)" if scheme == "dark" else "rgb(0, 114, 178)")
