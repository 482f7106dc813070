"use strict";

const PADDING_TOKEN = 0;
const END_TOKEN = 2;
const SEEDS = 2 ** 31;

const composes = ({ outputs }) => ["onset", "duration", "pitch"].every((name) => name in outputs);

// Renders the pieces that a signature composed; on failure, the reason and the plain answer.
function renderPieces(values, { inputs }, plain) {
  let pieces;
  try {
    pieces = piecesOf(values);
  } catch (error) {
    return [element("p", { className: "hint" }, `Not shown as music: ${error.message}`), ...plain];
  }
  const isContinued = "token_ids" in values && "token_ids" in inputs;
  return [
    ...pieces.map((piece, index) => renderPiece(piece,
      pieces.length > 1 ? `Piece ${index + 1}` : "Piece",
      isContinued ? values.token_ids[index] : null)),
    element("details", {}, element("summary", {}, "As JSON"), ...plain),
  ];
}

function renderPiece(piece, title, tokens) {
  const parts = piece.notes.length > 0 ? renderMusic(piece, title)
    : { legend: [], player: [element("span", { className: "hint" }, "No notes yet.")], below: [] };
  const more = tokens === null ? []
    : [element("button", { type: "button", onclick: () => continuePiece(tokens) }, "Continue")];
  return element("section", { className: "output piece", aria: { label: title } },
    element("h4", {}, title),
    ...parts.legend,
    element("div", { className: "bar" }, ...parts.player, ...more),
    ...parts.below);
}

// Renders the piano roll and the player of a piece.
function renderMusic(piece, title) {
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
  const name = `${title.toLowerCase().replace(" ", "-")}.mid`;
  return {
    legend: [renderParts(piece)],
    player: [button, position, status,
      element("button", { type: "button", onclick: () => saveAsMidi(piece, name) }, "Save as MIDI")],
    below: [roll.shown,
      element("p", { className: "hint" }, `${summaryOf(piece)}. Numbers count ${piece.bars.length > 0 ? "bars" : "quarter notes"}.`)],
  };
}

function renderParts({ notes }) {
  const sizes = PARTS.map((part) => [part, notes.filter((note) => note.part === part).length]);
  return element("ul", { className: "legend", aria: { label: "Notes of each part" } },
    ...sizes.filter(([, size]) => size > 0).map(([part, size]) =>
      element("li", { className: part }, `${part} ${size}`)));
}

// Returns the tokens of a piece as a prompt: without padding and the end token.
function promptOf(tokens) {
  const length = tokens.findLastIndex((token) => token !== PADDING_TOKEN) + 1;
  return tokens.slice(0, tokens[length - 1] === END_TOKEN ? length - 1 : length);
}

// Requests the continuation of a piece, with another seed and otherwise the values of the form.
function continuePiece(tokens) {
  if (isWaiting()) return;
  fill("token_ids", () => formatJson([promptOf(tokens)]));
  fill("seed", (seed) => String((Number(seed) + 1) % SEEDS));
  $("form").requestSubmit();
}
