"use strict";

const PITCH_NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
// The parts, indexed by their numbers.
const PARTS = ["voice", "piano"];
const DEFAULT_PART = 1;
// In quarter notes per minute, for answers without a tempo; MIDI has the same default.
const DEFAULT_TEMPO = 120;

const isBlackKey = (pitch) => [1, 3, 6, 8, 10].includes(pitch % 12);

// 60 is C4.
const pitchName = (pitch) => `${PITCH_NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

// Reads the pieces from the outputs of a signature that composes: {notes, bars, tempo, quarters},
// with notes in order of onset, and the starts of bars if the answer has them. Throws on invalid
// outputs.
function piecesOf({ onset, duration, pitch, part, tempo, count, bar, bar_count: barCount }) {
  const sizes = sizesOf(onset);
  if ([duration, pitch, part ?? pitch].some((values) => sizesOf(values) !== sizes)) {
    throw new Error(
      "onset, duration, pitch and part must have one row for each piece, and rows of equal length.");
  }
  return onset.map((row, index) => {
    const notes = row.slice(0, count?.[index]).map((from, place) => ({
      onset: from,
      duration: duration[index][place],
      pitch: pitch[index][place],
      part: PARTS[part?.[index][place] ?? DEFAULT_PART],
    }));
    notes.forEach(checkNote);
    notes.sort((a, b) => a.onset - b.onset);
    return {
      notes,
      bars: checkedBars(bar?.[index]?.slice(0, barCount?.[index]) ?? []),
      tempo: checkedTempo(tempo?.[index] ?? DEFAULT_TEMPO),
      quarters: notes.reduce((end, note) => Math.max(end, note.onset + note.duration), 0),
    };
  });
}

function checkNote({ onset, duration, pitch, part }, index) {
  const isSomewhere = Number.isFinite(onset) && onset >= 0 && Number.isFinite(duration);
  const isPitch = Number.isInteger(pitch) && pitch >= 0 && pitch < 128;
  if (isSomewhere && duration > 0 && isPitch && part) return;
  throw new Error(`note ${index + 1} has no onset from 0, no duration above 0, no pitch from 0 to ` +
    "127, or no part that is 0 or 1.");
}

function checkedBars(bars) {
  const isOrdered = bars.every((start, index) => start >= 0 && !(start < bars[index - 1]));
  if (isOrdered) return bars;
  throw new Error("the starts of bars are not in increasing order.");
}

function checkedTempo(tempo) {
  if (Number.isFinite(tempo) && tempo > 0) return tempo;
  throw new Error("a tempo is not positive.");
}

const counted = (number, name) => `${number} ${name}${number === 1 ? "" : "s"}`;

function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// Describes a piece: "64 quarter notes, 212 notes from A1 to E5; 0:40 at 96 quarter notes a minute".
function summaryOf({ notes, tempo, quarters }) {
  const pitches = notes.map((note) => note.pitch).sort((a, b) => a - b);
  return `${counted(Math.ceil(quarters), "quarter note")}, ${counted(notes.length, "note")} from ` +
    `${pitchName(pitches[0])} to ${pitchName(pitches.at(-1))}; ` +
    `${clock(quarters * 60 / tempo)} at ${Math.round(tempo)} quarter notes a minute`;
}
