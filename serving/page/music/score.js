"use strict";

// A picture cannot run what an SVG may hold.
const svgUrl = (svg) => `data:image/svg+xml,${encodeURIComponent(svg)}`;

// Renders the engraved score of a piece when the server has written it; `onScore` is then called
// with the MusicXML.
function renderScore(signature, piece, { tempo, title }, onScore) {
  const status = element("p", { className: "hint", role: "status" }, "Engraving…");
  const shown = element("div", { className: "engraved", tabIndex: 0, role: "group",
    aria: { label: "Score" } }, status);
  const bars = piece.isCut ? piece.bars.length : null;
  const question = { token_ids: piece.tokens, bars, tempo, title };
  askAboutScore("/page/score", signature, question).then(({ musicxml, pages, missing }) => {
    onScore(musicxml);
    if (missing) status.textContent = missing;
    else shown.replaceChildren(...pages.map((page, index) => element("img", {
      src: svgUrl(page),
      alt: `Engraved score, page ${index + 1} of ${pages.length}: ${summaryOf(piece)}`,
    })));
  }).catch((error) => { status.textContent = `No score: ${error.message}`; });
  return shown;
}

function save(contents, type, name) {
  const href = URL.createObjectURL(new Blob([contents], { type }));
  element("a", { href, download: name }).click();
  // The browser may still be reading.
  setTimeout(() => URL.revokeObjectURL(href), 60000);
}
