"use strict";

// Times in seconds. A sound rises for `attack`, and falls towards the share `kept` of its level with
// the time constant `fading`; when its note ends, it falls silent with the time constant `release`.
// Overtones above `bright` times its frequency are weak at first, above `mellow` times later.
const SOUNDS = {
  voice: { level: 0.16, attack: 0.06, kept: 0.8, fading: 0.5, release: 0.08, bright: 2, mellow: 3 },
  piano: { level: 0.2, attack: 0.004, kept: 0, fading: 0.9, release: 0.1, bright: 8, mellow: 2 },
};
// How far the two oscillators of a sound are from its pitch, in cents.
const DETUNED = [-4, 4];
const HIGHEST_OVERTONE = 12000;

const frequencyOf = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

// Where the sounds of a context go: many at once do not distort.
function outputOf(context) {
  const output = context.createGain();
  const compressor = context.createDynamicsCompressor();
  output.connect(compressor);
  compressor.connect(context.destination);
  return output;
}

// Sounds a note from a time of the context to another.
function sound(context, output, { pitch, part }, from, to) {
  const { level, attack, kept, fading, release, bright, mellow } = SOUNDS[part];
  const frequency = frequencyOf(pitch);
  const end = Math.max(to, from + 2 * attack);
  const envelope = context.createGain();
  envelope.gain.setValueAtTime(0, from);
  envelope.gain.linearRampToValueAtTime(level, from + attack);
  // Strings sound the shorter the higher they are.
  envelope.gain.setTargetAtTime(level * kept, from + attack, fading * 2 ** ((60 - pitch) / 24));
  envelope.gain.setTargetAtTime(0, end, release);
  envelope.connect(output);
  const filter = context.createBiquadFilter();
  filter.frequency.setValueAtTime(Math.min(bright * frequency, HIGHEST_OVERTONE), from);
  filter.frequency.setTargetAtTime(Math.min(mellow * frequency, HIGHEST_OVERTONE), from, 0.2);
  filter.connect(envelope);
  for (const cents of DETUNED) {
    const oscillator = context.createOscillator();
    oscillator.type = "sawtooth";
    oscillator.frequency.value = frequency;
    oscillator.detune.value = cents;
    oscillator.connect(filter);
    oscillator.start(from);
    oscillator.stop(end + 6 * release);
  }
}
