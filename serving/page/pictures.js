"use strict";

// Browsers detect the format of a picture from its bytes, whatever the media type says.
const renderPicture = (base64, alt) =>
  element("img", { className: "picture", src: `data:image/png;base64,${base64}`, alt });

// Reads a file as Base64.
function base64Of(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Error(`${file.name} cannot be read: choose it again.`));
    reader.readAsDataURL(file);
  });
}

// Servers decode only JPEG and PNG; of other formats, the first frame is converted to PNG.
async function asPng(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const canvas = element("canvas", { width: bitmap.width, height: bitmap.height });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    const url = canvas.toDataURL("image/png");
    return url.slice(url.indexOf(",") + 1);
  } catch {
    throw new Error(`${file.name} is not a picture that this browser reads: save it as JPEG or PNG.`);
  }
}

async function readPicture(file) {
  const isSentAsItIs = ["image/jpeg", "image/png"].includes(file.type);
  return { name: file.name, base64: await (isSentAsItIs ? base64Of : asPng)(file) };
}

async function readPictures(files) {
  const other = files.find((file) => !file.type.startsWith("image/"));
  if (other) throw new Error(`${other.name} is not a picture: choose image files.`);
  return Promise.all(files.map(readPicture));
}

// Creates a field into which pictures are dropped, pasted or chosen; `take` adds files to it.
function picturesFieldOf(name, info, example, id) {
  let pictures = example.map(({ b64 }) => ({ name: "An example", base64: b64 }));
  const files = element("input",
    { type: "file", accept: "image/*", multiple: true, hidden: true });
  const box = element("button",
    { type: "button", id, name, onclick: () => files.click(), aria: { label: "Choose files" } },
    "Choose files");
  const { wrong, complain } = complaint(box);
  const list = element("ul", { aria: { label: "Pictures to send" } });
  const show = () => list.replaceChildren(...pictures.map((picture) =>
    element("li", {}, renderPicture(picture.base64, picture.name))));
  const take = async (chosen) => {
    if (chosen.length === 0) return;
    try {
      pictures = await readPictures(chosen);
    } catch (error) {
      complain(error.message);
      return;
    }
    complain("");
    show();
    showCurl();
    $("form").requestSubmit();
  };
  files.addEventListener("change", () => take([...files.files]));
  const hint = "Sent at once: JPEG and PNG unchanged, other formats as PNG.";
  const shown = framed(box, info, hint,
    element("div", { className: "drop" }, list,
      element("div", {}, element("p", {}, "Drop pictures here, paste them, or"), box, files)),
    wrong);
  const json = () => `[${pictures.map(({ base64 }) => `{"b64": "${base64}"}`).join(", ")}]`;
  show();
  return { name, box, shown, json, take, isPlain: true };
}

// The field that takes files, if it is shown.
const takingField = () => (current?.raw ? null : current?.fields.find((field) => field.take));

// Files may be dropped anywhere: outside the field, the browser would navigate to the file.
function dragged(event) {
  const field = takingField();
  if (!field || !event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  field.shown.classList.toggle("over", event.type === "dragover");
  if (event.type === "drop") field.take([...event.dataTransfer.files]);
}

function pasted(event) {
  const files = [...event.clipboardData.files];
  if (!takingField() || files.length === 0) return;
  event.preventDefault();
  takingField().take(files);
}
