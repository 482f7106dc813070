"use strict";

// The pictures that a signature captions, in Base64, or null where it captions none.
function captionedPictures({ inputs, outputs }, values) {
  const captions = ["captions", "scores"].every((name) => name in outputs);
  return captions && "images" in inputs && isPictures("images", inputs.images)
    ? values.images.map(({ b64 }) => b64) : null;
}

// Pictures with their captions beside; where they do not fit, why, and the plain answer.
function renderCaptioned(pictures, { captions, scores }, plain) {
  const sizes = sizesOf(captions);
  if (sizes !== sizesOf(scores) || sizes !== `${pictures.length} × ${captions[0]?.length}`) {
    const reason = "Not shown as captions: captions and scores must have a row for each picture, " +
      "equally long.";
    return [element("p", { className: "hint" }, reason), ...plain];
  }
  return [
    element("p", { className: "hint" },
      "The best first; beside each the mean log-probability of its tokens, of which 0 is certain."),
    ...pictures.map((base64, row) =>
      renderCaptions(base64, `Picture ${row + 1}`, captions[row], scores[row])),
    element("details", {}, element("summary", {}, "As JSON"), ...plain),
  ];
}

// A place for which there was no caption is empty.
function renderCaptions(base64, title, captions, scores) {
  const shown = (score) => (score instanceof Literal ? score.text : score.toFixed(2));
  return element("section", { className: "output captioned", aria: { label: title } },
    renderPicture(base64, title),
    element("ol", {}, ...captions.map((caption, index) =>
      element("li", { hidden: caption === "" }, caption,
        element("span", { className: "score" }, shown(scores[index]))))));
}
