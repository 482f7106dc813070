"use strict";

// How long sounds are scheduled in advance, in seconds: the timers of a hidden page run only once a
// second.
const AHEAD = 1.5;
// How often sounds are scheduled, in milliseconds.
const INTERVAL = 100;
// The delay before the first sound, and the time constant of the fade-out, in seconds.
const DELAY = 0.1;
const FADING = 0.02;
// The duration of the fade-out, in milliseconds.
const FADED = 200;

// Plays a piece; calls `onMove` with the current quarter note, and `onStop` at the end.
class Player {
  // Only one player plays at a time.
  static current = null;

  constructor(piece, onMove, onStop) {
    Object.assign(this, { piece, onMove, onStop });
  }

  get isPlaying() { return Player.current === this; }

  // Browsers allow sound only after a user action, so this must be called from a click.
  start(from) {
    Player.current?.stop();
    Player.current = this;
    this.context = new AudioContext();
    this.output = outputOf(this.context);
    this.secondsPerQuarter = 60 / this.piece.tempo;
    // The time at which the piece began, or would have begun.
    this.beginning = this.context.currentTime + DELAY - from * this.secondsPerQuarter;
    this.waiting = this.piece.notes.filter((note) => note.onset >= from);
    this.timer = setInterval(() => this.#order(), INTERVAL);
    this.#order();
    this.#move();
  }

  stop() {
    if (!this.isPlaying) return;
    Player.current = null;
    clearInterval(this.timer);
    cancelAnimationFrame(this.frame);
    const { context, output } = this;
    output.gain.setTargetAtTime(0, context.currentTime, FADING);
    setTimeout(() => context.close(), FADED);
    this.onStop();
  }

  #timeOf(quarter) { return this.beginning + quarter * this.secondsPerQuarter; }

  #order() {
    const now = this.context.currentTime;
    while (this.waiting.length > 0 && this.#timeOf(this.waiting[0].onset) < now + AHEAD) {
      const note = this.waiting.shift();
      const from = Math.max(now, this.#timeOf(note.onset));
      sound(this.context, this.output, note, from, this.#timeOf(note.onset + note.duration));
    }
    if (now > this.#timeOf(this.piece.quarters)) this.stop();
  }

  #move() {
    const quarter = (this.context.currentTime - this.beginning) / this.secondsPerQuarter;
    this.onMove(Math.min(Math.max(0, quarter), this.piece.quarters));
    this.frame = requestAnimationFrame(() => this.#move());
  }
}
