"use strict";

const HUES = 10;

// Returns the texts that a signature annotates with entities, or null if it annotates none.
function annotatedTexts({ inputs, outputs }, values) {
  const texts = Object.keys(inputs).filter((name) => isText(name, inputs[name], 1));
  const finds = ["label", "start", "end"].every((name) => name in outputs);
  return finds && texts.length === 1 ? values[texts[0]] : null;
}

// Renders texts with their entities highlighted; on failure, the reason and the plain answer.
function renderAnnotated(texts, outputs, hues, plain) {
  let found;
  try {
    found = texts.map((text, row) => cut(text, entitiesOf(outputs, row, texts.length)));
  } catch (error) {
    return [element("p", { className: "hint" }, `Not highlighted: ${error.message}`), ...plain];
  }
  return [
    renderLegend(found.flatMap(({ entities }) => entities), hues),
    ...found.map((text, index) =>
      renderMarked(text, texts.length > 1 ? `Text ${index + 1}` : "Text", hues)),
    element("details", {}, element("summary", {}, "As JSON"), ...plain),
  ];
}

// Returns the entities of one row of the outputs, in text order; -1 is padding.
function entitiesOf(outputs, row, rows) {
  const { label, start, end, score } = outputs;
  const sizes = `${rows} × ${start[0]?.length}`;
  for (const values of [label, start, end, score ?? start]) {
    if (sizesOf(values) !== sizes) {
      throw new Error(
        "label, start, end and score must have one row for each text, and rows of equal length.");
    }
  }
  return start[row]
    .map((from, index) => ({
      label: label[row][index],
      start: from,
      end: end[row][index],
      score: score?.[row][index],
    }))
    .filter((entity) => entity.start !== -1)
    .sort((a, b) => a.start - b.start);
}

// Splits a text into the text before each entity, the entities, and the rest. Throws if entities
// overlap or lie outside the text.
function cut(text, entities) {
  // Offsets count code points; JavaScript strings count UTF-16 code units.
  const points = Array.from(text);
  let last = 0;
  for (const { label, start, end } of entities) {
    if (!(last <= start && start < end && end <= points.length)) {
      throw new Error(
        `${label} from ${formatJson(start)} to ${formatJson(end)} overlaps another entity, is ` +
          `empty, or lies outside its text of ${points.length} characters.`);
    }
    last = end;
  }
  const slice = (from, to) => points.slice(from, to).join("");
  return {
    entities: entities.map((entity, index) => ({
      ...entity,
      before: slice(entities[index - 1]?.end ?? 0, entity.start),
      text: slice(entity.start, entity.end),
    })),
    rest: slice(last),
  };
}

// Assigns colours to labels; a label keeps its colour in later answers.
function hueOf(label, hues) {
  if (!hues.has(label)) hues.set(label, `hue-${(hues.size % HUES) + 1}`);
  return hues.get(label);
}

function renderLegend(entities, hues) {
  if (entities.length === 0) return element("p", { className: "hint" }, "No entities found.");
  const counts = new Map();
  for (const { label } of entities) counts.set(label, (counts.get(label) ?? 0) + 1);
  return element("ul", { className: "legend", aria: { label: "Entities found" } },
    ...[...counts].sort().map(([label, count]) =>
      element("li", { className: hueOf(label, hues) }, `${label} ${count}`)));
}

function renderMarked({ entities, rest }, title, hues) {
  const marked = element("div",
    { className: "marked", tabIndex: 0, role: "group", aria: { label: title } });
  for (const entity of entities) marked.append(entity.before, renderEntity(entity, hues));
  marked.append(rest);
  return element("section", { className: "output" }, element("h4", {}, title), marked);
}

// Visually, the label follows its entity; screen readers read "PESSOA: Ana Lima (97 %)".
function renderEntity({ text, label, start, end, score }, hues) {
  const percent = score === undefined ? "" : `${Math.round(score * 100)} %`;
  return element("mark", { className: hueOf(label, hues), title: `Start ${start}, end ${end}` },
    element("span", { className: "unseen" }, `${label}: `),
    text,
    element("span", { className: "tag", aria: { hidden: true } }, `${label} ${percent}`.trim()),
    element("span", { className: "unseen" }, percent && ` (${percent})`));
}
