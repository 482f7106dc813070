"use strict";

async function getJson(path) {
  const response = await fetch(path);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

const modelPath = (model, version) =>
  `/v1/models/${encodeURIComponent(model)}` + (version ? `/versions/${version}` : "");

// Sends a request; resolves with {ok, status, text, milliseconds}.
async function predict(path, body) {
  const start = performance.now();
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  });
  const text = await response.text();
  const milliseconds = performance.now() - start;
  return { ok: response.ok, status: response.status, text, milliseconds };
}
