"use strict";

// JSON with NaN and Infinity, and with integers of any size.

// A number that JavaScript's JSON does not accept, or would round: keeps its text.
class Literal {
  constructor(text) { this.text = text; }
}

// Strings are matched in long runs, as a picture in Base64 has megabytes.
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN|(?<![\d.])-?\d{16,}(?![\d.eE])/g;
const MARK = "\u0000literal:";

function parseJson(text) {
  const marked = text.replace(TOKENS, (token) =>
    token.startsWith('"') ? token : JSON.stringify(MARK + token));
  return JSON.parse(marked, (_, value) =>
    typeof value === "string" && value.startsWith(MARK)
      ? new Literal(value.slice(MARK.length)) : value);
}

// Formats lists of lists with one line for each innermost list.
function formatJson(value, indent = "") {
  if (value instanceof Literal) return value.text;
  if (Array.isArray(value)) {
    if (!value.some((item) => Array.isArray(item))) {
      return `[${value.map((item) => formatJson(item)).join(", ")}]`;
    }
    const inner = `${indent}  `;
    const lines = value.map((item) => inner + formatJson(item, inner));
    return `[\n${lines.join(",\n")}\n${indent}]`;
  }
  if (value !== null && typeof value === "object") {
    const items = Object.entries(value);
    return `{${items.map(([key, item]) => `${JSON.stringify(key)}: ${formatJson(item, indent)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}
