"use strict";

// Returns the captioned pictures in Base64, or null if the signature captions none.
function captionedPictures({ inputs, outputs }, values) {
  const captions = ["captions", "scores"].every((name) => name in outputs);
  return captions && "images" in inputs && isPictures("images", inputs.images)
    ? values.images.map(({ b64 }) => b64) : null;
}

// Renders pictures beside their captions; if they do not match, the reason and the plain answer.
function renderCaptioned(pictures, { captions, scores }, plain) {
  const sizes = sizesOf(captions);
  if (sizes !== sizesOf(scores) || sizes !== `${pictures.length} × ${captions[0]?.length}`) {
    const reason = "Not shown as captions: captions and scores must have one row for each " +
      "picture, and rows of equal length.";
    return [element("p", { className: "hint" }, reason), ...plain];
  }
  return [
    element("p", { className: "hint" },
      "Best first, each with the mean log-probability of its tokens; 0 is certain."),
    ...pictures.map((base64, row) =>
      renderCaptions(base64, `Picture ${row + 1}`, captions[row], scores[row])),
    element("details", {}, element("summary", {}, "As JSON"), ...plain),
  ];
}

// Hides empty captions, which are padding.
function renderCaptions(base64, title, captions, scores) {
  const shown = (score) => (score instanceof Literal ? score.text : score.toFixed(2));
  return element("section", { className: "output captioned", aria: { label: title } },
    renderPicture(base64, title),
    element("ol", {}, ...captions.map((caption, index) =>
      element("li", { hidden: caption === "" }, caption,
        element("span", { className: "score" }, shown(scores[index]))))));
}
