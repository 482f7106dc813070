"use strict";

const DEFAULT_KEY = "C-major";
const DEFAULT_METRE = "4/4";
const DEFAULT_TEMPO_ASKED = 96;
const DEFAULT_BARS = 16;
const DEFAULT_PROMPT_BARS = 8;
const LONGEST_LENGTH = 4096;
// About how many events a bar has; if it has more, the server is asked again.
const EVENTS_OF_A_BAR = 64;
const MOST_REQUESTS = 16;
const SCORE_FILES = ".mxl,.musicxml,.xml,.mid,.midi";

const ACCIDENTALS = { flat: "♭", sharp: "♯" };
// "B-flat-minor" is "B♭ minor".
const spokenKey = (name) =>
  name.replace(/-(flat|sharp)/, (_, accidental) => ACCIDENTALS[accidental]).replace("-", " ");

const optionOf = (value, text, isChosen) =>
  element("option", { value, selected: isChosen }, text);

function keyOptions(keys) {
  const group = (mode) => {
    const options = keys.filter((key) => key.endsWith(mode));
    return element("optgroup", { label: `${mode[0].toUpperCase()}${mode.slice(1)}` },
      ...options.map((key) => optionOf(key, spokenKey(key), key === DEFAULT_KEY)));
  };
  return [group("major"), group("minor")];
}

// A labelled input of the form; `box` is an input or a select.
const labelled = (label, box, hint = "") => element("div", { className: "field" },
  element("label", { htmlFor: box.id }, label),
  element("p", { className: "hint", id: `${box.id}-hint` }, hint), box);

function numberBox(name, value, limits) {
  return element("input", { id: `composer-${name}`, name, type: "number", value,
    autocomplete: "off", ...limits });
}

// Creates the fields of key, metre, tempo and voice; `read` returns the conditions.
function conditionFields({ keys, time_signatures: metres }, change) {
  const key = element("select", { id: "composer-key", name: "key" }, ...keyOptions(keys));
  const metre = element("select", { id: "composer-metre", name: "metre" },
    ...metres.map((each) => optionOf(each, each, each === DEFAULT_METRE)));
  const tempo = numberBox("tempo", DEFAULT_TEMPO_ASKED, { min: 4, max: 1000, step: "any" });
  const voice = element("input",
    { id: "composer-voice", name: "voice", type: "checkbox", checked: true });
  for (const box of [key, metre, tempo, voice]) box.addEventListener("input", change);
  const shown = element("div", { className: "controls" },
    labelled("Key", key), labelled("Metre", metre),
    labelled("Tempo (quarter notes a minute)", tempo),
    element("div", { className: "field voice" },
      element("label", { className: "option" }, voice, "With a voice")));
  const read = () => {
    if (!(Number(tempo.value) > 0)) throw new Error("Enter a tempo above 0.");
    return { key: key.value, time_signature: metre.value, tempo: Number(tempo.value),
      voice: voice.checked };
  };
  return { shown, read, voice };
}

// Creates the fields of an uploaded score; `read` returns the file and the bars of it to keep.
function scoreFileFields(change) {
  let file = null;
  const chooser = element("input", { id: "composer-file", type: "file", accept: SCORE_FILES });
  const bars = numberBox("prompt-bars", DEFAULT_PROMPT_BARS, { min: 1, step: 1 });
  const take = (files) => {
    [file = null] = files;
    change();
  };
  chooser.addEventListener("change", () => take(chooser.files));
  bars.addEventListener("input", change);
  const shown = element("div", { className: "controls" },
    labelled("Score", chooser, "MusicXML or MIDI. You can also drop it here."),
    labelled("Bars to keep", bars, "The first ones of the score. Empty: all."));
  const read = async () => {
    if (!file) throw new Error("Choose a MusicXML or MIDI file.");
    const b64 = await base64Of(file);
    return { name: file.name, b64, bars: bars.value ? Number(bars.value) : null };
  };
  return { shown, read, take, box: chooser };
}

// Creates one choice of how a piece begins.
function beginning(value, text, isChosen, change) {
  const radio = element("input",
    { type: "radio", name: "beginning", value, checked: isChosen, onchange: change });
  return element("label", { className: "option" }, radio, text);
}

// Creates the field of a prompt in a musician's words: conditions, a score, or played notes.
function promptFieldOf(signature, name) {
  let kind = "conditions";
  const change = () => prompt.change();
  const conditions = conditionFields(signature.composer, change);
  const file = scoreFileFields(change);
  const keyboard = keyboardOf(() => conditions.voice.checked, change);
  conditions.voice.addEventListener("input", keyboard.clearChords);
  const status = element("p", { className: "hint prompt-status", role: "status" });
  const wrong = element("p", { className: "wrong", role: "status" });
  const question = async () => {
    if (kind === "file") return { file: await file.read() };
    if (kind === "conditions") return { conditions: conditions.read() };
    return { conditions: conditions.read(), notes: keyboard.read() };
  };
  const prompt = new Prompt(signature, question, (text, error) => {
    status.textContent = text;
    wrong.textContent = error;
  });
  const show = () => {
    conditions.shown.hidden = kind === "file";
    file.shown.hidden = kind !== "file";
    keyboard.shown.hidden = kind !== "notes";
  };
  const choose = (event) => {
    kind = event.target.value;
    show();
    change();
  };
  const choices = element("div", { className: "choices" },
    beginning("conditions", "A new piece", true, choose),
    beginning("file", "A score of yours", false, choose),
    beginning("notes", "Notes that you play", false, choose));
  const shown = element("fieldset", { className: "composer" },
    element("legend", {}, "Begin with"), choices, conditions.shown, file.shown, keyboard.shown,
    status, wrong);
  show();
  const json = () => {
    if (!prompt.value) throw new Error(wrong.textContent || "The prompt is not there yet.");
    return `[${JSON.stringify(prompt.value.token_ids)}]`;
  };
  const takeScore = (files) => {
    const radio = choices.querySelector("[value=file]");
    radio.checked = true;
    choose({ target: radio });
    file.take(files);
  };
  const box = choices.querySelector("input");
  return { name, box, shown, json, prompt, take: takeScore, isPlain: true };
}

// Creates the field of the number of bars; the request has a number of events.
function barsFieldOf(name) {
  const box = numberBox("bars", DEFAULT_BARS, { min: 1, max: 999, step: 1 });
  const shown = labelled("Bars", box, "Bars to compose. Empty: to the end of the piece.");
  const { wrong, complain } = complaint(box);
  shown.append(wrong);
  box.addEventListener("input", showCurl);
  const bars = () => {
    const count = box.value === "" && box.validity.valid ? null : Number(box.value);
    const isCount = count === null || (Number.isInteger(count) && count > 0);
    complain(isCount ? "" : "Enter a whole number above 0.");
    if (isCount) return count;
    throw new Error(wrong.textContent);
  };
  const json = () => String(lengthFor(bars()));
  return { name, box, shown, json, bars, isSmall: true, isPlain: true };
}

const lengthFor = (bars) =>
  bars === null ? LONGEST_LENGTH : Math.min(LONGEST_LENGTH, EVENTS_OF_A_BAR * (bars + 1));

// Returns the prompt of a form, if it asks for one in a musician's words.
const promptOfForm = ({ fields, raw }) =>
  (raw ? undefined : fields.find((field) => field.prompt)?.prompt);

// Returns what a request of the form of a composer asks for beyond its tensors; null for others.
function askedOf(signature) {
  const { composer, fields } = signature;
  const prompt = promptOfForm(signature);
  if (!prompt) return null;
  const { bars, tempo, title } = prompt.value;
  const more = fields.find((field) => field.bars).bars();
  return { until: more === null ? null : bars + more, tempo, title, bar: composer.bar };
}

const barsIn = (tokens, bar) => tokens.filter((token) => token === bar).length;

const isEnded = (tokens) =>
  tokens[tokens.findLastIndex((token) => token !== PADDING_TOKEN)] === END_TOKEN;

// Sends a request, and more if its bars are fewer than what is asked for. A piece that ended before
// goes on in a new bar.
async function predictBars(path, body, asked) {
  let answer = await predict(path, body);
  for (let count = 1; asked?.until && answer.ok && count < MOST_REQUESTS; count += 1) {
    const [tokens] = parseJson(answer.text).outputs.token_ids;
    const missing = asked.until + 1 - barsIn(tokens, asked.bar);
    if (missing <= 0) break;
    const { signature_name: name, inputs } = parseJson(body);
    const seed = (inputs.seed + count) % SEEDS;
    const given = [...promptOf(tokens), ...(isEnded(tokens) ? [asked.bar] : [])];
    const more = { ...inputs, token_ids: [given], length: lengthFor(missing), seed };
    const next = await predict(path, JSON.stringify({ signature_name: name, inputs: more }));
    answer = { ...next, milliseconds: answer.milliseconds + next.milliseconds };
  }
  return answer;
}
