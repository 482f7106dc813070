"use strict";

const TICKS_PER_QUARTER = 480;
// General MIDI: a choir for the voice, a grand piano.
const CHANNELS = { voice: { number: 0, program: 52 }, piano: { number: 1, program: 0 } };
const VELOCITY = { voice: 88, piano: 72 };
const LONGEST_QUARTER = 0xffffff;

// Returns the bytes of an integer in big-endian order.
const bytesOf = (number, size) =>
  Array.from({ length: size }, (_, index) => (number >>> (8 * (size - 1 - index))) & 0xff);

// Encodes seven bits per byte; all bytes but the last have the eighth bit set.
function variableLength(number) {
  const bytes = [number & 0x7f];
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

const chunk = (name, bytes) =>
  [...Array.from(name, (letter) => letter.charCodeAt(0)), ...bytesOf(bytes.length, 4), ...bytes];

// Returns the messages of the notes in order of time; at equal times, note ends come first.
function noteMessages(notes) {
  const ticks = (quarters) => Math.round(quarters * TICKS_PER_QUARTER);
  return notes
    .flatMap(({ onset, duration, pitch, part }) => {
      const { number } = CHANNELS[part];
      const start = ticks(onset);
      const end = Math.max(start + 1, ticks(onset + duration));
      return [
        { tick: start, isEnd: false, bytes: [0x90 | number, pitch, VELOCITY[part]] },
        { tick: end, isEnd: true, bytes: [0x80 | number, pitch, 0] },
      ];
    })
    .sort((a, b) => a.tick - b.tick || b.isEnd - a.isEnd);
}

// Returns a piece as the bytes of a Standard MIDI File of format 0 (MIDI 1.0, RP-001).
function midiFile({ notes, tempo }) {
  const microseconds = Math.min(LONGEST_QUARTER, Math.round(60e6 / tempo));
  const track = [0, 0xff, 0x51, 3, ...bytesOf(microseconds, 3)];
  for (const { number, program } of Object.values(CHANNELS)) track.push(0, 0xc0 | number, program);
  let last = 0;
  for (const { tick, bytes } of noteMessages(notes)) {
    track.push(...variableLength(tick - last), ...bytes);
    last = tick;
  }
  track.push(0, 0xff, 0x2f, 0);
  const header = [...bytesOf(0, 2), ...bytesOf(1, 2), ...bytesOf(TICKS_PER_QUARTER, 2)];
  return new Uint8Array([...chunk("MThd", header), ...chunk("MTrk", track)]);
}

function saveAsMidi(piece, name) {
  save(midiFile(piece), "audio/midi", name);
}
