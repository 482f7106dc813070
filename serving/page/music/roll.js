"use strict";

const SVG = "http://www.w3.org/2000/svg";
// In pixels.
const QUARTER_WIDTH = 28;
const ROW_HEIGHT = 8;
const KEY_WIDTH = 44;
const RULER_HEIGHT = 18;
// The number of quarter notes between two numbers if bars are unknown, and the minimum drawn.
const QUARTERS_BETWEEN = 4;
const FEWEST_QUARTERS = 32;
// Rows above the highest note and below the lowest.
const MARGIN = 2;

function drawn(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Renders the piano roll of a piece; `move` moves the playhead to a quarter note, null hides it.
function renderRoll(piece, title) {
  const pitches = piece.notes.map((note) => note.pitch);
  const highest = Math.max(...pitches) + MARGIN;
  const rows = highest - Math.min(...pitches) + MARGIN + 1;
  const height = RULER_HEIGHT + rows * ROW_HEIGHT;
  const quarters = Math.max(FEWEST_QUARTERS, Math.ceil(piece.quarters));
  const width = quarters * QUARTER_WIDTH;
  const rowOf = (pitch) => RULER_HEIGHT + (highest - pitch) * ROW_HEIGHT;
  const keys = Array.from({ length: rows }, (_, row) => highest - row).filter((key) => key >= 0);
  const playhead = drawn("line", { class: "playhead", y1: 0, y2: height, visibility: "hidden" });
  const scrolled = element("div",
    { className: "scrolled", tabIndex: 0, role: "group", aria: { label: "Piano roll" } },
    drawn("svg", { width, height, role: "img", "aria-label": `${title}: ${summaryOf(piece)}` },
      ...keys.filter(isBlackKey).map((key) =>
        drawn("rect", { class: "row", y: rowOf(key), width, height: ROW_HEIGHT })),
      ...drawnGrid(quarters, height),
      ...numberedFrom(piece, quarters).flatMap(([quarter, number]) =>
        drawnNumber(quarter, number, height)),
      ...PARTS.toReversed().flatMap((part) => piece.notes
        .filter((note) => note.part === part)
        .map((note) => drawnNote(note, rowOf(note.pitch)))),
      playhead));
  const shown = element("div", { className: "roll" }, drawnKeys(keys, rowOf, height), scrolled);
  return { shown, move: (quarter) => movePlayhead(playhead, scrolled, quarter) };
}

// Draws the keys of a piano: black keys on white, with every C named.
function drawnKeys(keys, rowOf, height) {
  const drawnKey = (kind, width) => (key) =>
    drawn("rect", { class: `key ${kind}`, y: rowOf(key), width, height: ROW_HEIGHT });
  const drawnName = (key) => drawn("text",
    { x: KEY_WIDTH - 4, y: rowOf(key) + ROW_HEIGHT - 0.5, "text-anchor": "end" }, pitchName(key));
  return drawn("svg", { width: KEY_WIDTH, height, "aria-hidden": true },
    ...keys.map(drawnKey("white", KEY_WIDTH)),
    ...keys.filter(isBlackKey).map(drawnKey("black", KEY_WIDTH * 0.6)),
    ...keys.filter((key) => key % 12 === 0).map(drawnName));
}

// Draws a line for every quarter note.
function drawnGrid(quarters, height) {
  return Array.from({ length: quarters }, (_, quarter) => drawn("line", { class: "beat",
    x1: quarter * QUARTER_WIDTH, x2: quarter * QUARTER_WIDTH, y1: RULER_HEIGHT, y2: height }));
}

// Returns positions in quarter notes and their numbers: those of bars or, if the answer has no
// bars, of quarter notes.
function numberedFrom({ bars }, quarters) {
  if (bars.length > 0) {
    return bars.map((start, index) => [start, index + 1]).filter(([start]) => start < quarters);
  }
  return Array.from({ length: Math.ceil(quarters / QUARTERS_BETWEEN) },
    (_, index) => [index * QUARTERS_BETWEEN, index * QUARTERS_BETWEEN]);
}

function drawnNumber(quarter, number, height) {
  const x = quarter * QUARTER_WIDTH;
  return [
    drawn("line", { class: "beat numbered", x1: x, x2: x, y1: 0, y2: height }),
    drawn("text", { x: x + 3, y: 12 }, String(number)),
  ];
}

function drawnNote({ onset, duration, pitch, part }, row) {
  const told = `${pitchName(pitch)}, ${part}, from quarter note ${Number(onset.toFixed(2))}, ` +
    `${Number(duration.toFixed(2))} long`;
  return drawn("rect", {
    class: `note ${part}`,
    x: onset * QUARTER_WIDTH + 0.5,
    y: row + 0.5,
    width: Math.max(2, duration * QUARTER_WIDTH - 1),
    height: ROW_HEIGHT - 1,
    rx: 2,
  }, drawn("title", {}, told));
}

// Scrolls the roll when the playhead leaves the visible part.
function movePlayhead(playhead, scrolled, quarter) {
  playhead.setAttribute("visibility", quarter === null ? "hidden" : "visible");
  if (quarter === null) return;
  const x = quarter * QUARTER_WIDTH;
  playhead.setAttribute("x1", x);
  playhead.setAttribute("x2", x);
  const isSeen = x >= scrolled.scrollLeft && x <= scrolled.scrollLeft + scrolled.clientWidth;
  if (!isSeen) scrolled.scrollLeft = x - QUARTER_WIDTH;
}
