// Files: as cards in messages, and fields that take them, chosen, dropped or pasted, shown small, and taken back.

import { el, icon, iconButton } from "./dom.js";
import { isPicture, local } from "./pictures.js";
import { isAudio, isFilm } from "./players.js";
import { t, weight } from "./words.js";

const THUMBNAIL_PIXELS = 96;

/** What is neither seen nor heard in place. */
export const fileCards = (files) =>
  files.filter((file) => !isPicture(file) && !isFilm(file) && !isAudio(file)).map((file) => fileCard(file));

export function fileCard(file, { isSpoiler = false } = {}) {
  const name = file.title ?? file.filename ?? t("File");
  return el(
    "p",
    { class: "file" },
    icon("file"),
    el(
      "span",
      { class: "file-name" },
      el("a", { href: local(file.url), download: file.filename ?? true }, isSpoiler ? t("Spoiler") : name),
      file.size === undefined ? null : el("small", {}, weight(file.size)),
    ),
  );
}

/** An `<input type="file">` for up to `most` files; `input.shell` is what is to be shown, the input in it. */
export function fileInput({ most = 1, ...properties }, limitBytes) {
  const input = el("input", { type: "file", class: "file-input", multiple: most > 1, ...properties });
  const chosen = el("ul", { class: "chosen", hidden: true });
  const invitation = el(
    "span",
    { class: "invitation" },
    el("strong", {}, t(most > 1 ? "Choose files" : "Choose a file")),
    t(", or paste or drop"),
  );
  input.shell = el("div", { class: "file-field" }, input, invitation, chosen);
  input.most = most;
  let held = [];
  const show = () => {
    const isTooLarge = [...input.files].some((file) => file.size > limitBytes);
    input.setCustomValidity(isTooLarge ? t("A file may have {limit} at most.", { limit: weight(limitBytes) }) : "");
    held = [...input.files];
    invitation.hidden = held.length >= most;
    chosen.hidden = held.length === 0;
    chosen.replaceChildren(
      ...held.map((file) =>
        chosenFile(file, limitBytes, () =>
          give(
            input,
            held.filter((each) => each !== file),
          ),
        ),
      ),
    );
    input.dispatchEvent(new Event("given"));
  };
  // A browser's own choice replaces what was chosen before: where several may be, it is added.
  input.addEventListener("change", () => (most > 1 ? give(input, [...held, ...input.files]) : show()));
  input.addEventListener("settled", show);
  input.shell.addEventListener("dragover", (event) => event.preventDefault());
  input.shell.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    add(input, [...event.dataTransfer.files]);
  });
  return input;
}

/** Takes pasted or dropped files into the field that has the focus, else into the first with room; whether one had. */
export function takeFiles(files, form) {
  const inputs = [...form.querySelectorAll(".file-input")];
  const input =
    inputs.find((each) => each === document.activeElement) ??
    inputs.find((each) => each.files.length < each.most) ??
    inputs[0];
  if (files.length === 0 || !input) return false;
  add(input, files);
  return true;
}

/** Beyond what the field holds, the latest stay. */
const add = (input, files) => give(input, [...(input.most > 1 ? input.files : []), ...files]);

function give(input, files) {
  const transfer = new DataTransfer();
  for (const each of files.slice(-input.most)) transfer.items.add(each);
  input.files = transfer.files;
  input.dispatchEvent(new Event("settled"));
  input.focus();
}

export function chosenFile(file, limitBytes, remove) {
  const about = el("small", { class: file.size > limitBytes ? "too-large" : "" }, sizeOf(file, limitBytes));
  return el(
    "li",
    {},
    thumbnail(file, about),
    el("span", { class: "chosen-name" }, el("span", {}, file.name), about),
    iconButton("close", t("Remove {name}", { name: file.name }), remove),
  );
}

function sizeOf(file, limitBytes) {
  if (file.size <= limitBytes) return weight(file.size);
  return t("{size}, more than the {limit} that a file may have", {
    size: weight(file.size),
    limit: weight(limitBytes),
  });
}

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
    () => canvas.replaceWith(icon("file")),
  );
  return canvas;
}
