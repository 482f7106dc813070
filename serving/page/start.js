"use strict";

async function start() {
  const { models } = await getJson("/models");
  showModels(models);
  await choose(models);
  window.addEventListener("hashchange", () => choose(models).catch(fail));
}

function fail(error) {
  $("title").textContent = "The models cannot be shown";
  $("path").textContent = error.message;
}

$("form").addEventListener("submit", send);
for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, dragged);
document.addEventListener("paste", pasted);
// The URL names the signature, so this link must not change it.
$("skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("main").focus();
});
$("as-json").addEventListener("click", toggleJson);
$("copy-curl").addEventListener("click", (event) => copy(curlCommand(), event.currentTarget));
$("copy-answer").addEventListener("click", (event) => copy(answerText, event.currentTarget));
start().catch(fail);
