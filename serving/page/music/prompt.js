"use strict";

// The answers of the server to questions about scores, which are no part of TF Serving's API.
async function askAboutScore(path, signature, question) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      model: signature.model, version: Number(signature.version), ...question }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

// How long the form must stay unchanged before the server is asked, in milliseconds.
const UNCHANGED = 200;

// The prompt of a form, kept up to date with it: {token_ids, bars, tempo, title, ...}, or null.
class Prompt {
  constructor(signature, question, onAnswer) {
    Object.assign(this, { signature, question, onAnswer, value: null, given: null, asked: 0 });
  }

  // Asks the server soon, when the form stays unchanged.
  change() {
    this.value = null;
    this.asked += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.prepare(), UNCHANGED);
    this.#tell("");
  }

  // Takes the tokens of a piece, in place of the form, for the next request.
  continueFrom(piece) {
    this.given = piece;
  }

  // Resolves when the prompt is there, or cannot be had.
  prepare() {
    clearTimeout(this.timer);
    if (this.given) {
      this.value = this.given;
      this.given = null;
      this.isOfForm = false;
      this.asked += 1;
      this.#tell("");
      return Promise.resolve();
    }
    if (this.value && this.isOfForm) return Promise.resolve();
    this.asked += 1;
    return this.#ask(this.asked);
  }

  async #ask(number) {
    let value = null, wrong = "";
    try {
      value = await askAboutScore("/page/prompt", this.signature, await this.question());
    } catch (error) {
      wrong = error.message;
    }
    // The form may have changed since.
    if (number !== this.asked) return;
    this.value = value;
    this.isOfForm = true;
    this.#tell(value ? told(value) : "", wrong);
  }

  #tell(text, wrong = "") {
    this.onAnswer(text, wrong);
    if (this.signature === current) showCurl();
  }
}

// Says what a prompt is: "8 bars in G minor, 3/4, 76 quarter notes a minute, with a voice."
function told({ bars, key, time_signature: metre, tempo, voice }) {
  if (bars === 0) return "";
  const parts = [key && `in ${key}`, `in ${metre}`, `at ${Math.round(tempo)} quarter notes a minute`,
    voice ? "with a voice" : "for piano"];
  return `Begins with ${counted(bars, "bar")} ${parts.filter(Boolean).join(", ")}.`;
}
