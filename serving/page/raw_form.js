"use strict";

// The inputs of a request as JSON, in place of the fields of a plain form.

const textOf = (inputs) => `{\n${inputs.map((input) => `  ${input}`).join(",\n")}\n}`;

function rawFieldOf(text) {
  const box = element("textarea",
    { id: "raw", name: "inputs", value: text, rows: 8, spellcheck: false });
  const { wrong, complain } = complaint(box);
  const json = () => {
    try {
      parseJson(box.value);
      complain("");
      return box.value.trim();
    } catch (error) {
      complain(`This is not JSON: ${error.message}`);
      throw error;
    }
  };
  box.addEventListener("input", showCurl);
  box.addEventListener("keydown", sendByKey);
  const shown = element("div", { className: "field" },
    element("label", { htmlFor: "raw" }, "Inputs as JSON"),
    element("p", { className: "hint", id: "raw-hint" }, "As the model takes them."), box, wrong);
  return { box, shown, json };
}

// Returns the input of a field; its example, if what was entered is wrong.
function inputOrExample(field) {
  const name = JSON.stringify(field.name);
  try {
    return `${name}: ${field.json()}`;
  } catch {
    return `${name}: ${formatJson(current.examples[field.name], "  ")}`;
  }
}

// Changes one of the inputs; see `fill`.
function fillJson(name, change) {
  const { box } = current.raw;
  try {
    const inputs = parseJson(box.value);
    if (!(name in inputs)) return;
    inputs[name] = parseJson(change(formatJson(inputs[name])));
    box.value = textOf(Object.entries(inputs).map(([key, value]) =>
      `${JSON.stringify(key)}: ${formatJson(value, "  ")}`));
    box.dispatchEvent(new Event("input"));
  } catch {
    // The field says that it is not JSON.
  }
}

// Shows the inputs as JSON, or the plain form again, with the values that it had.
async function toggleJson() {
  const signature = current;
  if (signature.raw) {
    signature.raw = null;
  } else {
    await promptOfForm(signature)?.prepare();
    if (signature !== current) return;
    signature.raw = rawFieldOf(textOf(signature.fields.map(inputOrExample)));
  }
  showForm();
  signature.raw?.box.focus();
}

// Shows the fields, or the JSON in place of them.
function showForm() {
  const { fields, raw } = current;
  if (raw) $("fields").replaceChildren(raw.shown);
  else showFields(fields);
  $("as-json").hidden = !fields.some((field) => field.isPlain);
  $("as-json").setAttribute("aria-pressed", String(Boolean(raw)));
  showCurl();
}
