"use strict";

function showStatus(text, isGood) {
  $("status").replaceChildren(
    element("span", { className: `badge ${isGood ? "good" : "bad"}` }, text));
}

function showAnswer(answer, signature, body) {
  answerText = answer.text;
  $("copy-answer").hidden = false;
  const time = `${answer.milliseconds.toFixed(answer.milliseconds < 10 ? 1 : 0)} ms`;
  showStatus(`${answer.status} · ${time}`, answer.ok);
  const parsed = parseJson(answer.text);
  replaceAnswer(
    ...(answer.ok
      ? renderAnswer(parsed, signature, parseJson(body).inputs) : renderError(parsed.error)));
}

const isWaiting = () => $("send").getAttribute("aria-disabled") === "true";

async function send(event) {
  event.preventDefault();
  if (isWaiting()) return;
  const signature = current;
  $("send").setAttribute("aria-disabled", "true");
  try {
    const prompt = promptOfForm(signature);
    if (prompt) await prompt.prepare();
    if (signature !== current) return;
    const { body, firstWrong } = requestBody();
    if (body === null) {
      firstWrong.focus();
      return;
    }
    $("status").textContent = "Waiting for the answer…";
    signature.asked = askedOf(signature);
    const answer = await predictBars(signature.path, body, signature.asked);
    if (signature === current) showAnswer(answer, signature, body);
  } catch (error) {
    if (signature === current) {
      showStatus("No answer", false);
      replaceAnswer(renderText(`The server cannot be reached: ${error.message}`));
    }
  } finally {
    $("send").removeAttribute("aria-disabled");
  }
}
