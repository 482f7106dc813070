"use strict";

const hashOf = (...parts) => `#${parts.map(encodeURIComponent).join("/")}`;

// Returns the signatures of a version: first those that are asked in a musician's words.
function namesOf({ examples, composers }) {
  const names = Object.keys(examples);
  return [...names.filter((name) => name in composers),
    ...names.filter((name) => !(name in composers))];
}

function showModels(models) {
  $("models").replaceChildren(...models.flatMap(({ name, versions }) =>
    versions.map((listed) =>
      element("section", {},
        element("h2", {}, name, " ", element("small", {}, `version ${listed.version}`)),
        element("ul", {}, ...namesOf(listed).map((signature) =>
          element("li", {},
            element("a", { href: hashOf(name, listed.version, signature) }, signature))))))));
}

function showTensors({ inputs, outputs }) {
  const rows = (kind, infos) => byName(infos).map(([name, info]) =>
    element("tr", {},
      element("th", { scope: "row" }, name),
      element("td", {}, kind),
      element("td", { className: "type" }, describe(info))));
  $("tensors").replaceChildren(...rows("input", inputs), ...rows("output", outputs));
}

function showSignature() {
  const { model, version, name, path, composer } = current;
  document.title = `${name} · ${model} · seqzoo serve`;
  $("title").textContent = name;
  $("path").textContent = `POST ${path}`;
  $("form").hidden = false;
  $("send").textContent = composer ? "Compose" : "Send";
  document.body.classList.toggle("wide", Boolean(composer));
  $("status").textContent = "";
  $("copy-answer").hidden = true;
  replaceAnswer(element("p", { className: "hint" }, "Nothing sent yet."));
  for (const link of $("models").querySelectorAll("a")) {
    if (link.hash === hashOf(model, version, name)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  showTensors(current);
  showForm();
}

// Shows the signature named in the URL, or the first one, which is the default.
async function choose(models) {
  if (!models.length) throw new Error("No model is served: add a version, and reload.");
  const [name, number, signature] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const model = models.find((each) => each.name === name) ?? models[0];
  const version = model.versions.find((each) => each.version === number) ?? model.versions[0];
  const names = namesOf(version);
  const chosen = names.includes(signature) ? signature : names[0];
  const { metadata } = await getJson(`${modelPath(model.name, version.version)}/metadata`);
  const { inputs, outputs } = metadata.signature_def.signature_def[chosen];
  const isNewest = version === model.versions[0];
  const examples = version.examples[chosen].inputs;
  current = {
    model: model.name,
    version: version.version,
    name: chosen,
    inputs,
    outputs,
    path: `${modelPath(model.name, isNewest ? null : version.version)}:predict`,
    composer: version.composers[chosen] ?? null,
    languages: version.languages,
    examples,
    raw: null,
    hues: new Map(),
  };
  current.fields = fieldsOf(current, examples);
  showSignature();
  promptOfForm(current)?.prepare();
}
