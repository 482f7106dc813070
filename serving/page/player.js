"use strict";

// Sounds are ordered this long before they are heard, in seconds: the timers of a page that is not
// seen run once a second.
const AHEAD = 1.5;
// How often they are ordered, in milliseconds.
const INTERVAL = 100;
// How long the browser has to begin, and the time constant of the sound that is stopped, in seconds.
const DELAY = 0.1;
const FADING = 0.02;
// How long such a sound may be heard, in milliseconds.
const FADED = 200;

// Plays a piece; `onMove` hears at which quarter note it is, `onStop` that it ended or was stopped.
class Player {
  // One plays at a time.
  static current = null;

  constructor(piece, onMove, onStop) {
    Object.assign(this, { piece, onMove, onStop });
  }

  get isPlaying() { return Player.current === this; }

  // Browsers give sound only to what a user asked for, so this is called by a click.
  start(from) {
    Player.current?.stop();
    Player.current = this;
    this.context = new AudioContext();
    this.output = outputOf(this.context);
    this.secondsPerQuarter = 60 / this.piece.tempo;
    // When its first quarter note was, or would have been.
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
