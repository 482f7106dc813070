"use strict";

const HUES = 10;

// The texts in which a signature looks for entities, or null where it looks for none.
function annotatedTexts({ inputs, outputs }, values) {
  const texts = Object.keys(inputs).filter((name) => isText(name, inputs[name], 1));
  const finds = ["label", "start", "end"].every((name) => name in outputs);
  return finds && texts.length === 1 ? values[texts[0]] : null;
}

// Texts with their entities highlighted; where they cannot be, why, and the plain answer.
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

// The entities of a row of the outputs in the order of the text; -1 is padding.
function entitiesOf(outputs, row, rows) {
  const { label, start, end, score } = outputs;
  const sizes = `${rows} × ${start[0]?.length}`;
  for (const values of [label, start, end, score ?? start]) {
    if (sizesOf(values) !== sizes) {
      throw new Error("label, start, end and score must have a row for each text, equally long.");
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

// Cuts a text into what stands before each entity, the entities, and the rest. Throws where they
// overlap or do not stand in the text.
function cut(text, entities) {
  // Offsets count code points; JavaScript's own count UTF-16 units.
  const points = Array.from(text);
  let last = 0;
  for (const { label, start, end } of entities) {
    if (!(last <= start && start < end && end <= points.length)) {
      throw new Error(
        `${label} from ${formatJson(start)} to ${formatJson(end)} overlaps another entity, is ` +
          `empty, or stands outside of its text of ${points.length} characters.`);
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

// A label keeps its colour from answer to answer.
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

// Seen, the label follows its entity; heard, it comes before: "PESSOA: Ana Lima (97 %)".
function renderEntity({ text, label, start, end, score }, hues) {
  const percent = score === undefined ? "" : `${Math.round(score * 100)} %`;
  return element("mark", { className: hueOf(label, hues), title: `Start ${start}, end ${end}` },
    element("span", { className: "unseen" }, `${label}: `),
    text,
    element("span", { className: "tag", aria: { hidden: true } }, `${label} ${percent}`.trim()),
    element("span", { className: "unseen" }, percent && ` (${percent})`));
}
