"use strict";

// Renders the answer of a signature. Views for special outputs belong here.
function renderAnswer(answer, signature, inputs) {
  const names = byName(signature.outputs).map(([name]) => name);
  // A single output comes without its name.
  const values = names.length === 1 ? { [names[0]]: answer.outputs } : answer.outputs;
  const plain = names.map((name) => renderOutput(name, signature.outputs[name], values[name]));
  if (composes(signature)) return renderPieces(values, signature, plain);
  const texts = annotatedTexts(signature, inputs);
  if (texts !== null) return renderAnnotated(texts, values, signature.hues, plain);
  const pictures = captionedPictures(signature, inputs);
  return pictures === null ? plain : renderCaptioned(pictures, values, plain);
}

// Replaces the last answer, which may be playing or have the focus.
function replaceAnswer(...shown) {
  Player.current?.stop();
  const hadFocus = $("answer").contains(document.activeElement);
  $("answer").replaceChildren(...shown);
  if (hadFocus) $("answer").focus();
}

function renderOutput(name, info, value) {
  const sizes = sizesOf(value);
  return element("section", { className: "output" },
    element("h4", {}, name, " ",
      element("span", { className: "type" }, sizes ? `${typeOf(info)} (${sizes})` : typeOf(info))),
    renderText(formatJson(value)));
}

function renderText(text) {
  const shown = text.length > LONGEST_SHOWN
    ? `${text.slice(0, LONGEST_SHOWN)}\n… and ${text.length - LONGEST_SHOWN} characters more` : text;
  return element("pre", { tabIndex: 0 }, shown);
}

// Extracts the sentence of a failed assertion, without its location and the compared values.
function sentenceOf(error) {
  const message = error.replace(/\s*\[\[\{\{node .*$/s, "");
  return /^assertion failed: \[([^\]]+)\]/.exec(message)?.[1] ?? message;
}

function renderError(error) {
  const sentence = sentenceOf(error);
  if (sentence === error) return [renderText(error)];
  const whole = element("details", {}, element("summary", {}, "In full"), renderText(error));
  return [renderText(sentence), whole];
}
