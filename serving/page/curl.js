"use strict";

const LONGEST_ARGUMENT = 100000;
// Matches Base64 in a request: its first characters, and the rest.
const BASE64 = /("b64": "[\w+/]{24})[\w+/=]+/g;

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlCommand() {
  const { body } = requestBody();
  if (body === null) return "";
  const url = quoted(location.origin + current.path);
  // Linux limits an argument to 128 KiB.
  return body.length > LONGEST_ARGUMENT
    ? `curl -d @- ${url} <<'END'\n${body}\nEND` : `curl -d ${quoted(body)} ${url}`;
}

// Shows the command with shortened Base64; the copy button copies all of it.
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
