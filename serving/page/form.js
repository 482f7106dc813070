"use strict";

const isText = (name, info, rank) =>
  typeOf(info) === "string" && !name.endsWith("_bytes") && shapeOf(info)?.length === rank;

// Encoded pictures, one for each row.
const isPictures = (name, info) => name === "images" && isText(name, info, 1);

// A single number or text.
const isOneValue = (name, info) => shapeOf(info)?.length === 0 &&
  (isText(name, info, 0) || /^(u?int|float|double)/.test(typeOf(info)));

// What the inputs of the zoo's models are called in the form; others have their own names.
const LABELS = {
  text: "Texts",
  images: "Pictures",
  language: "Language",
  beam_width: "Captions of a picture",
  count: "Captions of a picture",
  temperature: "Temperature",
  seed: "Seed",
};
const EXAMPLES = [
  ["pt", "Example in Portuguese", "Lucas Ferreira é professor de IA na Universidade de Brasília."],
  ["en", "Example in English", "Maria Silva of Petrobras moved from London to Rio de Janeiro."],
];

const isTemperature = (name, info) => name === "temperature" &&
  isOneValue(name, info) && /^(float|double)/.test(typeOf(info));

// Text is entered as is, anything else as JSON. `json` throws if the input is not JSON.
function editorOf(name, info, example) {
  if (isText(name, info, 0)) {
    return { text: example, hint: "Text, without quotes.", options: [], json: (text) => JSON.stringify(text) };
  }
  if (isText(name, info, 1)) {
    const byLine = element("input", { type: "checkbox", checked: true, onchange: showCurl });
    return {
      text: example.join("\n"),
      hint: "Text, without quotes.",
      isProse: true,
      options: [
        element("label", { className: "option" }, byLine, "Each line is a separate text"),
        renderExamples(name),
      ],
      json: (text) => JSON.stringify(byLine.checked ? text.split("\n") : [text]),
    };
  }
  return {
    text: formatJson(example),
    options: [],
    hint: name.endsWith("_bytes") ? "JSON, with bytes in Base64." : "JSON.",
    // The text as entered, so that no digit is lost.
    json: (text) => (parseJson(text), text.trim()),
  };
}

// Renders buttons that fill in a text.
function renderExamples(name) {
  return element("div", { className: "examples" }, ...EXAMPLES.map(([lang, label, text]) =>
    element("button", { type: "button", className: "small", onclick: () => fill(name, () => text) },
      label)));
}

// Renders the label and the hint around the input box of a field. What is entered as JSON has the
// name and the type of the input.
function framed(box, info, hint, ...below) {
  const { id, name } = box;
  const isJson = hint.startsWith("JSON");
  return element("div", { className: "field" },
    element("label", { htmlFor: id },
      ...(name in LABELS && !isJson ? [LABELS[name]]
        : [name, " ", element("span", { className: "type" }, describe(info))])),
    element("p", { className: "hint", id: `${id}-hint` }, hint),
    ...below);
}

// Creates an element for the error message of a box, and a function that sets it; "" clears it.
function complaint(box) {
  const wrong = element("p", { className: "wrong", id: `${box.id}-wrong`, role: "status" });
  box.setAttribute("aria-describedby", `${box.id}-hint ${wrong.id}`);
  const complain = (text) => {
    wrong.textContent = text;
    if (text) box.setAttribute("aria-invalid", "true");
    else box.removeAttribute("aria-invalid");
  };
  return { wrong, complain };
}

function sendByKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
}

function fieldOf(name, info, example, id) {
  const editor = editorOf(name, info, example);
  const box = element("textarea", {
    id,
    name,
    className: editor.isProse ? "prose" : "",
    value: editor.text,
    rows: Math.min(8, editor.text.split("\n").length),
    spellcheck: false,
  });
  const { wrong, complain } = complaint(box);
  const shown = framed(box, info, editor.hint, box, ...editor.options, wrong);
  const json = () => {
    try {
      const written = editor.json(box.value);
      complain("");
      return written;
    } catch (error) {
      complain(`This is not JSON: ${error.message}`);
      throw error;
    }
  };
  box.addEventListener("input", showCurl);
  box.addEventListener("keydown", sendByKey);
  return { name, box, shown, json, isPlain: editor.isProse };
}

// Creates a field for one of the languages that the model knows.
function languageFieldOf(languages, name, info, id) {
  const names = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });
  const box = element("select", { id, name }, ...languages.map((language) =>
    element("option", { value: language }, nameOfLanguage(names, language))));
  box.setAttribute("aria-describedby", `${id}-hint`);
  box.addEventListener("input", showCurl);
  const json = () => JSON.stringify(box.value);
  return { name, box, shown: framed(box, info, "Of the captions.", box), json, isSmall: true };
}

function nameOfLanguage(names, language) {
  try {
    return names.of(language);
  } catch {
    // It is no code of a language.
    return language;
  }
}

// Creates a one-line field for a number or a text.
function smallFieldOf(name, info, example, id) {
  const isText = typeOf(info) === "string";
  const box = element("input", {
    id,
    name,
    type: isText ? "text" : "number",
    step: "any",
    value: isText ? example : formatJson(example),
    autocomplete: "off",
    spellcheck: false,
  });
  const { wrong, complain } = complaint(box);
  const hint =
    !isText ? "A number." : name === "language" ? "Empty: the model's first language." : "Text.";
  const json = () => {
    if (isText) return JSON.stringify(box.value);
    complain(box.value === "" ? "Enter a number." : "");
    if (box.value === "") throw new Error(wrong.textContent);
    return box.value;
  };
  box.addEventListener("input", showCurl);
  return { name, box, shown: framed(box, info, hint, box, wrong), json, isSmall: true };
}

// Creates a slider that shows its value.
function temperatureFieldOf(name, info, example, id) {
  const box = element("input",
    { id, name, type: "range", min: 0, max: 2, step: 0.05, value: example, autocomplete: "off" });
  box.setAttribute("aria-describedby", `${id}-hint`);
  const number = element("output", { htmlFor: id });
  const show = () => { number.textContent = Number(box.value).toFixed(2); };
  box.addEventListener("input", () => (show(), showCurl()));
  show();
  const shown = framed(box, info, "0 takes the most likely token; above 1 is more surprising.",
    element("div", { className: "slider" }, box, number));
  return { name, box, shown, json: () => box.value, isSmall: true };
}

// Changes the text of a field, if the signature has it; `change` maps the old text to the new.
function fill(name, change) {
  if (current.raw) {
    fillJson(name, change);
    return;
  }
  const box = current.fields.find((field) => field.name === name)?.box;
  if (!box) return;
  box.value = change(box.value);
  box.dispatchEvent(new Event("input"));
}

// Creates the fields of a signature. If it takes pictures or a temperature, single numbers and texts
// get small fields.
function fieldsOf({ inputs, composer, languages }, examples) {
  const infos = byName(inputs);
  const areSmall = infos.some(([name, info]) =>
    isPictures(name, info) || isTemperature(name, info));
  const maker = (name, info) => {
    if (composer && name === "token_ids") return () => promptFieldOf(current, name);
    if (composer && name === "length") return () => barsFieldOf(name);
    if (name === "language" && isOneValue(name, info) && languages.length > 0) {
      return (_, __, ___, id) => languageFieldOf(languages, name, info, id);
    }
    if (isPictures(name, info)) return picturesFieldOf;
    if (isTemperature(name, info)) return temperatureFieldOf;
    return areSmall && isOneValue(name, info) ? smallFieldOf : fieldOf;
  };
  return infos.map(([name, info], index) =>
    maker(name, info)(name, info, examples[name], `field-${index}`));
}

// Shows pictures first, and small fields in one row at the end.
function showFields(fields) {
  const shown = (isWanted) => fields.filter(isWanted).map((field) => field.shown);
  $("fields").replaceChildren(
    ...shown((field) => field.take),
    ...shown((field) => !field.take && !field.isSmall),
    element("div", { className: "controls" }, ...shown((field) => field.isSmall)));
}

// Returns the inputs of the form as JSON, or null and the first field that is wrong.
function formInputs() {
  const inputs = [];
  let firstWrong = null;
  for (const field of current.fields) {
    try {
      inputs.push(`${JSON.stringify(field.name)}: ${field.json()}`);
    } catch {
      firstWrong ??= field.box;
    }
  }
  return { inputs: firstWrong ? null : inputs, firstWrong };
}

// Returns the body of the request, or null and the first field that is wrong.
function requestBody() {
  const signature = JSON.stringify(current.name);
  const bodyOf = (inputs) => `{"signature_name": ${signature}, "inputs": ${inputs}}`;
  if (current.raw) {
    try {
      return { body: bodyOf(current.raw.json()) };
    } catch {
      return { body: null, firstWrong: current.raw.box };
    }
  }
  const { inputs, firstWrong } = formInputs();
  return inputs ? { body: bodyOf(`{${inputs.join(", ")}}`) } : { body: null, firstWrong };
}
