"use strict";

const isText = (name, info, rank) =>
  typeOf(info) === "string" && !name.endsWith("_bytes") && shapeOf(info)?.length === rank;

// Encoded pictures, one for each row.
const isPictures = (name, info) => name === "images" && isText(name, info, 1);

// A single number or text.
const isOneValue = (name, info) => shapeOf(info)?.length === 0 &&
  (isText(name, info, 0) || /^(u?int|float|double)/.test(typeOf(info)));

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

// Renders the label and the hint around the input box of a field.
function framed(box, info, hint, ...below) {
  const { id, name } = box;
  return element("div", { className: "field" },
    element("label", { htmlFor: id }, name, " ",
      element("span", { className: "type" }, describe(info))),
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
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
  });
  return { name, box, shown, json };
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
  const box = current.fields.find((field) => field.name === name)?.box;
  if (!box) return;
  box.value = change(box.value);
  box.dispatchEvent(new Event("input"));
}

// Creates the fields of a signature. If it takes pictures or a temperature, single numbers and texts
// get small fields.
function fieldsOf(inputs, examples) {
  const infos = byName(inputs);
  const areSmall = infos.some(([name, info]) =>
    isPictures(name, info) || isTemperature(name, info));
  const maker = (name, info) => {
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

// Returns the body of the request, or null and the first field with invalid JSON.
function requestBody() {
  const inputs = [];
  let firstWrong = null;
  for (const field of current.fields) {
    try {
      inputs.push(`${JSON.stringify(field.name)}: ${field.json()}`);
    } catch {
      firstWrong ??= field.box;
    }
  }
  if (firstWrong) return { body: null, firstWrong };
  const signature = JSON.stringify(current.name);
  return { body: `{"signature_name": ${signature}, "inputs": {${inputs.join(", ")}}}` };
}
