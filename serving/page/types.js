"use strict";

const typeOf = (info) => info.dtype.replace("DT_", "").toLowerCase();

// Returns the sizes of the axes, -1 for any size; null if the rank is unknown.
const shapeOf = (info) =>
  info.tensor_shape.unknown_rank ? null : info.tensor_shape.dim.map((dim) => Number(dim.size));

function describe(info) {
  const shape = shapeOf(info);
  if (shape === null) return `${typeOf(info)}, any shape`;
  if (shape.length === 0) return `${typeOf(info)}, one value`;
  return `${typeOf(info)} (${shape.map((size) => (size < 0 ? "any" : size)).join(" × ")})`;
}

function sizesOf(value) {
  const sizes = [];
  for (; Array.isArray(value); value = value[0]) sizes.push(value.length);
  return sizes.join(" × ");
}

const byName = (infos) => Object.entries(infos).sort(([a], [b]) => (a < b ? -1 : 1));
