"use strict";

// Envelopes, with times in seconds: `attack` is the rise time, `decay` the time constant of the fall
// to the fraction `sustain` of the level, `release` the time constant after the end of the note. The
// cutoff of the filter moves from `bright` to `mellow` times the frequency.
const SOUNDS = {
  voice: { level: 0.16, attack: 0.06, decay: 0.5, sustain: 0.8, release: 0.08, bright: 2, mellow: 3 },
  piano: { level: 0.2, attack: 0.004, decay: 0.9, sustain: 0, release: 0.1, bright: 8, mellow: 2 },
};
// The detuning of the two oscillators of a sound, in cents.
const DETUNED = [-4, 4];
const HIGHEST_OVERTONE = 12000;

const frequencyOf = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

// Creates the output of a context, with a compressor so that many sounds do not distort.
function outputOf(context) {
  const output = context.createGain();
  const compressor = context.createDynamicsCompressor();
  output.connect(compressor);
  compressor.connect(context.destination);
  return output;
}

// Schedules a note between two times of the context.
function sound(context, output, { pitch, part }, from, to) {
  const { level, attack, decay, sustain, release, bright, mellow } = SOUNDS[part];
  const frequency = frequencyOf(pitch);
  const end = Math.max(to, from + 2 * attack);
  const envelope = context.createGain();
  envelope.gain.setValueAtTime(0, from);
  envelope.gain.linearRampToValueAtTime(level, from + attack);
  // Higher strings decay faster.
  envelope.gain.setTargetAtTime(level * sustain, from + attack, decay * 2 ** ((60 - pitch) / 24));
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
