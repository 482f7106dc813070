"use strict";

const LONGEST_SHOWN = 20000;

// The signature shown: {model, version, name, inputs, outputs, examples, path, fields, hues};
// `composer` if it is asked in a musician's words; and `raw`, the field of all inputs as JSON, while
// it is shown.
let current = null;
// The text of the last answer, for the copy button.
let answerText = "";

const $ = (id) => document.getElementById(id);

function element(tag, properties = {}, ...children) {
  const { aria = {}, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(aria)) made.setAttribute(`aria-${name}`, value);
  made.append(...children);
  return made;
}
