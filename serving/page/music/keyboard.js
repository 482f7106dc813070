"use strict";

const MIDDLE_C = 60;
const LOWEST_KEY = 48;
const HIGHEST_KEY = 84;
// In quarter notes.
const NOTE_VALUES = [["Whole note", 4], ["Dotted half note", 3], ["Half note", 2],
  ["Dotted quarter note", 1.5], ["Quarter note", 1], ["Eighth note", 0.5],
  ["Eighth of a triplet", 1 / 3], ["Sixteenth note", 0.25]];
const DEFAULT_NOTE_VALUE = 1;
// The keys of a computer that play, by their places, from C: the middle row is white.
const COMPUTER_KEYS = ["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY",
  "KeyH", "KeyU", "KeyJ", "KeyK", "KeyO", "KeyL", "KeyP", "Semicolon"];
const OCTAVE = 12;
const LONGEST_SOUND = 2;

// Sounds a key of the drawn piano.
function soundKey(pitch, quarters) {
  const context = new AudioContext();
  const seconds = Math.min(quarters * 60 / DEFAULT_TEMPO, LONGEST_SOUND);
  const now = context.currentTime + 0.01;
  sound(context, outputOf(context), { pitch, part: "piano" }, now, now + seconds);
  setTimeout(() => context.close(), 1000 * (seconds + 1));
}

// Creates a piano on which notes are played one after the other, each of the chosen value; keys that
// are pressed while others are held are a chord, unless a voice sings. `read` returns the notes.
function keyboardOf(isSung, change) {
  let notes = [];
  const held = new Set();
  const value = element("select", { id: "composer-value", name: "value" },
    ...NOTE_VALUES.map(([name, quarters]) =>
      optionOf(String(quarters), name, quarters === DEFAULT_NOTE_VALUE)));
  const played = element("ol", { className: "played", aria: { label: "Notes played" } });
  const end = () => notes.reduce((last, note) => Math.max(last, note.onset + note.duration), 0);
  const show = () => {
    played.replaceChildren(...notes.map(({ pitch, duration }) => element("li", {},
      pitch === null ? "Rest" : pitchName(pitch), " ", element("small", {}, valueName(duration)))));
    change();
  };
  const add = (pitch, onset) => {
    notes.push({ pitch, onset, duration: Number(value.value) });
    show();
  };
  const press = (pitch) => {
    if (held.has(pitch)) return;
    const isChord = held.size > 0 && !isSung() && notes.length > 0 && notes.at(-1).pitch !== null;
    held.add(pitch);
    soundKey(pitch, Number(value.value));
    keys.get(pitch)?.classList.add("pressed");
    add(pitch, isChord ? notes.at(-1).onset : end());
  };
  const release = (pitch) => {
    held.delete(pitch);
    keys.get(pitch)?.classList.remove("pressed");
  };
  const { shown: piano, keys } = drawnPiano(press, release);
  const button = (text, act) => element("button", { type: "button", className: "small",
    onclick: () => (act(), show()) }, text);
  const shown = element("div", { className: "keyboard" },
    element("div", { className: "bar" },
      labelled("Note value", value),
      button("Rest", () => notes.push({ pitch: null, onset: end(), duration: Number(value.value) })),
      button("Take back", () => notes.pop()),
      button("Clear", () => { notes = []; })),
    piano,
    element("p", { className: "hint" },
      "Click or touch the keys. On a computer's keyboard, A W S E D F T G Y H U J K play from the " +
      "C that has the focus, arrows move it, and Enter plays it. With a voice, the notes are sung."),
    played);
  const read = () => {
    const sounding = notes.filter((note) => note.pitch !== null);
    if (sounding.length === 0) throw new Error("Play at least one note.");
    const column = (name) => sounding.map((note) => note[name]);
    return { onset: column("onset"), duration: column("duration"), pitch: column("pitch") };
  };
  // A voice sings one note at a time: of a chord, the last one.
  const clearChords = () => {
    if (!isSung()) return;
    notes = notes.filter((note, index) => notes[index + 1]?.onset !== note.onset);
    show();
  };
  return { shown, read, clearChords };
}

const valueName = (quarters) =>
  NOTE_VALUES.find(([, each]) => each === quarters)[0].replace(/ note$/, "").toLowerCase();

// Draws the keys as buttons, of which one can be reached by the tabulator.
function drawnPiano(press, release) {
  const keys = new Map();
  // On a narrow screen the keys are fewer, so that a finger finds them.
  const lowest = matchMedia("(max-width: 48rem)").matches ? MIDDLE_C : LOWEST_KEY;
  const pitches = Array.from({ length: HIGHEST_KEY - lowest + 1 }, (_, i) => lowest + i);
  const whites = pitches.filter((pitch) => !isBlackKey(pitch));
  const width = 100 / whites.length;
  for (const pitch of pitches) {
    const place = whites.filter((white) => white < pitch).length;
    const key = element("button", { type: "button", tabIndex: pitch === MIDDLE_C ? 0 : -1,
      className: isBlackKey(pitch) ? "key black" : "key white",
      aria: { label: pitchName(pitch) } }, pitch % OCTAVE === 0 ? pitchName(pitch) : "");
    key.style.left = `${width * (isBlackKey(pitch) ? place - 0.3 : place)}%`;
    key.style.width = `${width * (isBlackKey(pitch) ? 0.6 : 1)}%`;
    key.addEventListener("pointerdown", (event) => {
      key.setPointerCapture(event.pointerId);
      focusKey(keys, pitch);
      press(pitch);
    });
    for (const type of ["pointerup", "pointercancel"]) {
      key.addEventListener(type, () => release(pitch));
    }
    keys.set(pitch, key);
  }
  const shown = element("div",
    { className: "piano-keys", role: "group", aria: { label: "Piano keyboard" } }, ...keys.values());
  playByKeys(shown, keys, press, release);
  return { shown, keys };
}

function focusKey(keys, pitch) {
  if (!keys.has(pitch)) return;
  for (const [each, key] of keys) key.tabIndex = each === pitch ? 0 : -1;
  keys.get(pitch).focus();
}

// Makes the keys of a computer play while the piano has the focus.
function playByKeys(shown, keys, press, release) {
  const focused = () => [...keys].find(([, key]) => key === document.activeElement)?.[0];
  const sounding = new Map();
  const pitchOf = ({ code }, focus) => {
    if (code === "Enter" || code === "Space") return focus;
    const place = COMPUTER_KEYS.indexOf(code);
    return place < 0 ? null : Math.floor(focus / OCTAVE) * OCTAVE + place;
  };
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -OCTAVE, ArrowUp: OCTAVE };
  shown.addEventListener("keydown", (event) => {
    const focus = focused();
    if (focus === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.code in moves) {
      event.preventDefault();
      focusKey(keys, focus + moves[event.code]);
      return;
    }
    const pitch = pitchOf(event, focus);
    if (pitch === null) return;
    event.preventDefault();
    if (event.repeat || sounding.has(event.code)) return;
    sounding.set(event.code, pitch);
    press(pitch);
  });
  const end = (code) => {
    if (!sounding.has(code)) return;
    release(sounding.get(code));
    sounding.delete(code);
  };
  shown.addEventListener("keyup", (event) => end(event.code));
  shown.addEventListener("focusout", (event) => {
    if (!shown.contains(event.relatedTarget)) [...sounding.keys()].forEach(end);
  });
}
