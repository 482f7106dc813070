"use strict";

const LONGEST_ARGUMENT = 100000;
// The first characters of Base64 in a request, and the rest.
const BASE64 = /("b64": "[\w+/]{24})[\w+/=]+/g;

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlCommand() {
  const { body } = requestBody();
  if (body === null) return "";
  const url = quoted(location.origin + current.path);
  // A system takes arguments of 128 KiB at most.
  return body.length > LONGEST_ARGUMENT
    ? `curl -d @- ${url} <<'END'\n${body}\nEND` : `curl -d ${quoted(body)} ${url}`;
}

// What is copied is whole.
function showCurl() {
  const command = curlCommand().replace(BASE64, (_, start) => `${start}…`);
  $("curl").textContent = command.slice(0, LONGEST_SHOWN);
}

async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => { button.textContent = label; }, 1500);
}
