"use strict";

const PADDING_TOKEN = 0;
const END_TOKEN = 2;
const SEEDS = 2 ** 31;

const composes = ({ outputs }) => ["onset", "duration", "pitch"].every((name) => name in outputs);

// Renders the pieces that a signature composed; on failure, the reason and the plain answer.
function renderPieces(values, signature, plain) {
  const { inputs, asked } = signature;
  let pieces;
  try {
    pieces = piecesOf(values).map((piece, index) =>
      inBars({ ...piece, tokens: values.token_ids?.[index] ?? null }, asked));
  } catch (error) {
    return [element("p", { className: "hint" }, `Not shown as music: ${error.message}`), ...plain];
  }
  const isContinued = "token_ids" in values && "token_ids" in inputs;
  return [
    ...pieces.map((piece, index) => renderPiece(piece,
      pieces.length > 1 ? `Piece ${index + 1}` : "Piece", isContinued, signature)),
    element("details", {}, element("summary", {}, "As JSON"), ...plain),
  ];
}

// Cuts a piece at the bar line that was asked for; see `askedOf`. Without it, only padding is cut.
function inBars(piece, asked) {
  if (!asked) return piece;
  const tokens = promptOf(piece.tokens);
  const places = [...tokens.keys()].filter((place) => tokens[place] === asked.bar);
  const whole = { ...piece, tempo: asked.tempo ?? piece.tempo, tokens };
  if (asked.until === null) return whole;
  const missing = asked.until - places.length;
  if (missing >= 0) return { ...whole, missing };
  const end = piece.bars[asked.until];
  const notes = piece.notes.filter((note) => note.onset < end).map((note) =>
    ({ ...note, duration: Math.min(note.duration, end - note.onset) }));
  return { ...whole, notes, bars: piece.bars.slice(0, asked.until), quarters: end, isCut: true,
    tokens: tokens.slice(0, places[asked.until]) };
}

function renderPiece(piece, title, isContinued, signature) {
  const parts = piece.notes.length > 0 ? renderMusic(piece, title, signature)
    : { legend: [], player: [element("span", { className: "hint" }, "No notes yet.")], below: [] };
  const more = !isContinued ? [] : [element("button",
    { type: "button", onclick: () => continuePiece(piece, signature) }, "Continue")];
  return element("section", { className: "output piece", aria: { label: title } },
    element("h4", {}, title),
    ...parts.legend,
    element("div", { className: "bar" }, ...parts.player, ...more),
    ...parts.below);
}

// Renders the piano roll and the player of a piece.
function renderMusic(piece, title, signature) {
  const roll = renderRoll(piece, title);
  const status = element("span", { className: "hint", role: "status" });
  const button = element("button", { type: "button", className: "play" }, "Play");
  const position = element("input", { type: "range", min: 0, max: Math.ceil(piece.quarters),
    step: "any", value: 0, aria: { label: "Position in quarter notes" } });
  const move = (quarter) => {
    position.value = quarter;
    roll.move(quarter);
  };
  const player = new Player(piece, move, () => {
    button.textContent = "Play";
    status.textContent = "Stopped";
    position.value = 0;
    roll.move(null);
  });
  const start = () => {
    player.start(Number(position.value) < piece.quarters ? Number(position.value) : 0);
    button.textContent = "Stop";
    status.textContent = "Playing";
  };
  button.addEventListener("click", () => (player.isPlaying ? player.stop() : start()));
  // The playhead follows while the slider moves; the sound follows when it is released.
  position.addEventListener("input", () => roll.move(Number(position.value)));
  position.addEventListener("change", () => {
    const quarter = position.value;
    if (!player.isPlaying) return;
    player.stop();
    position.value = quarter;
    start();
  });
  const name = title.toLowerCase().replace(" ", "-");
  const saveButton = (kind, act) =>
    element("button", { type: "button", onclick: act }, `Save as ${kind}`);
  const saving = element("span", { className: "saving" },
    saveButton("MIDI", () => saveAsMidi(piece, `${name}.mid`)));
  const score = !signature.asked ? [] : [renderScore(signature, piece, signature.asked,
    (musicxml) => saving.append(saveButton("MusicXML",
      () => save(musicxml, "application/vnd.recordare.musicxml+xml", `${name}.musicxml`))))];
  return {
    legend: [renderParts(piece)],
    player: [button, position, status, saving],
    below: [element("div", { className: score.length > 0 ? "both" : "" }, roll.shown, ...score),
      element("p", { className: "hint" }, `${summaryOf(piece)}. Numbers count ` +
        `${piece.bars.length > 0 ? "bars" : "quarter notes"}.${shortOf(piece)}`)],
  };
}

function renderParts({ notes }) {
  const sizes = PARTS.map((part) => [part, notes.filter((note) => note.part === part).length]);
  return element("ul", { className: "legend", aria: { label: "Notes of each part" } },
    ...sizes.filter(([, size]) => size > 0).map(([part, size]) =>
      element("li", { className: part }, `${part} ${size}`)));
}

// Says that a piece has fewer bars than were asked for.
const shortOf = ({ missing }) => (!missing ? ""
  : ` It ends ${counted(missing, "bar")} before what you asked for: continue it for more.`);

// Returns the tokens of a piece as a prompt: without padding and the end token.
function promptOf(tokens) {
  const length = tokens.findLastIndex((token) => token !== PADDING_TOKEN) + 1;
  return tokens.slice(0, tokens[length - 1] === END_TOKEN ? length - 1 : length);
}

// Requests the continuation of a piece, with another seed and otherwise the values of the form.
function continuePiece({ tokens, tempo, isCut }, { asked }) {
  if (isWaiting()) return;
  const { composer } = current;
  const prompt = promptOfForm(current);
  // A piece that was cut at a bar line goes on in a new bar.
  const given = isCut ? [...tokens, composer.bar] : promptOf(tokens);
  if (prompt) {
    const bars = barsIn(given, composer.bar) - (given.at(-1) === composer.bar);
    prompt.continueFrom({ token_ids: given, tempo, bars, title: asked?.title ?? "" });
  } else {
    fill("token_ids", () => formatJson([given]));
  }
  fill("seed", (seed) => String((Number(seed) + 1) % SEEDS));
  $("form").requestSubmit();
}
