// A field for one file: chosen, dropped or pasted, shown small, and taken back.

import { el } from "./dom.js";

const THUMBNAIL_PIXELS = 96;

/** An `<input type="file">`; `input.shell` is what is to be shown, the input in it. */
export function fileInput(properties, limitBytes) {
  const input = el("input", { type: "file", class: "file-input", ...properties });
  const chosen = el("div", { class: "chosen", hidden: true });
  const invitation = el("span", { class: "invitation" }, el("strong", {}, "Choose a file"), ", or paste or drop one");
  input.shell = el("div", { class: "file-field" }, input, invitation, chosen);
  const show = () => {
    const [file] = input.files;
    input.setCustomValidity(file && file.size > limitBytes ? `A file may have ${megabytes(limitBytes)} at most.` : "");
    invitation.hidden = Boolean(file);
    chosen.hidden = !file;
    if (file) chosen.replaceChildren(...entry(file, limitBytes, () => give(input, [])));
  };
  input.addEventListener("change", show);
  input.shell.addEventListener("dragover", (event) => event.preventDefault());
  input.shell.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length > 0) give(input, [event.dataTransfer.files[0]]);
  });
  return input;
}

/** Takes a pasted file into the field that has the focus, else into the first empty one, else into the first. */
export function paste(event, form) {
  const [file] = event.clipboardData?.files ?? [];
  const inputs = [...form.querySelectorAll(".file-input")];
  const input = inputs.find((each) => each === document.activeElement) ?? inputs.find((each) => each.files.length === 0) ?? inputs[0];
  if (!file || !input) return;
  event.preventDefault();
  give(input, [file]);
}

function give(input, files) {
  const transfer = new DataTransfer();
  for (const each of files) transfer.items.add(each);
  input.files = transfer.files;
  input.dispatchEvent(new Event("change"));
  input.focus();
}

function entry(file, limitBytes, remove) {
  const about = el("small", { class: file.size > limitBytes ? "too-large" : "" }, sizeOf(file, limitBytes));
  return [
    thumbnail(file, about),
    el("span", { class: "chosen-name" }, el("span", {}, file.name), about),
    el("button", { type: "button", class: "button secondary", "aria-label": `Remove ${file.name}`, onclick: remove }, "Remove"),
  ];
}

function sizeOf(file, limitBytes) {
  const most = file.size > limitBytes ? `, more than the ${megabytes(limitBytes)} that a file may have` : "";
  return file.size < 1024 * 1024 ? `${Math.ceil(file.size / 1024)} KiB` : `${megabytes(file.size)}${most}`;
}

const megabytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1).replace(".0", "")} MiB`;

/** Drawn on a canvas, so that the page's policy need not allow addresses of its own making. */
function thumbnail(file, about) {
  const canvas = el("canvas", { class: "thumbnail", width: 1, height: 1, "aria-hidden": "true" });
  createImageBitmap(file).then(
    (picture) => {
      const scale = Math.min(1, THUMBNAIL_PIXELS / Math.max(picture.width, picture.height));
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      about.prepend(`${picture.width} × ${picture.height}, `);
      picture.close();
    },
    () => canvas.replaceWith(el("span", { class: "thumbnail", "aria-hidden": "true" }, "📄")),
  );
  return canvas;
}
