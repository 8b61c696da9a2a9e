// Pictures: one as it is, several as a mosaic, spoilers under a blur, and each of them large in the lightbox.

import { byId, el, iconButton } from "./dom.js";
import { film, isFilm } from "./players.js";
import { t } from "./words.js";

const WIDEST = 550;
const TALLEST = 350;
const SPOILER = 1 << 3;

// What somebody has uncovered stays so while its message is edited.
const uncovered = new Set();

/** The page has addresses of its own for the studio's files, under whatever name it was opened by. */
export function local(address) {
  const { pathname } = new URL(address, location.href);
  return /^\/(ephemeral-)?attachments\//.test(pathname) ? `/studio${pathname}` : address;
}

/** Whether it can be shown in place. What only calls itself a picture has no size. */
export const isPicture = (file) => Boolean(file.content_type?.startsWith("image/") && file.width);

/** The pictures and films of a message's attachments. */
export function mosaicOf(files) {
  const seen = files.filter((file) => isPicture(file) || isFilm(file));
  const shown = seen.map((file) => ({ file, description: file.description, isSpoiler: Boolean(file.flags & SPOILER) }));
  return shown.length > 0 ? mosaic(shown) : null;
}

/** `shown`: `{file, description, isSpoiler}` each; `file` has url, content_type, width, height and an id. */
export function mosaic(shown) {
  const pictures = shown.filter(({ file }) => !isFilm(file));
  const tiles = shown.map((each) => (isFilm(each.file) ? film(each) : tile(each, pictures)));
  return el("div", { class: `mosaic of-${Math.min(shown.length, 5)} rest-${shown.length % 3}` }, ...tiles);
}

const isCovered = ({ file, isSpoiler }) => isSpoiler && !uncovered.has(local(file.url));

function tile(shown, pictures) {
  const { file, description } = shown;
  const image = el("img", {
    src: local(file.url),
    alt: description ?? "",
    ...fitted(file),
    loading: "lazy",
    class: "picture",
  });
  const cover = isCovered(shown) ? el("span", { class: "cover" }, t("Spoiler")) : null;
  const name = () =>
    isCovered(shown)
      ? t("Spoiler, press to show it")
      : t("Enlarge: {name}", { name: description ?? file.filename ?? t("picture") });
  const act = () => {
    if (!isCovered(shown)) return enlarge(pictures, shown);
    uncovered.add(local(file.url));
    cover.remove();
    button.classList.remove("covered");
    button.setAttribute("aria-label", name());
  };
  const button = el(
    "button",
    { type: "button", class: `tile${isCovered(shown) ? " covered" : ""}`, "aria-label": name(), onclick: act },
    image,
    cover,
  );
  return button;
}

/** The size at which a picture alone is shown; told beforehand, so that nothing moves when it comes. */
function fitted({ width, height }) {
  if (!width) return {};
  const scale = Math.min(1, WIDEST / width, TALLEST / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** A picture alone; out of a message's own files, such as an embed's. */
export const single = (file, description, isSpoiler = false) => mosaic([{ file, description, isSpoiler }]);

/** One picture large, and those beside it that nobody has to uncover first. */
function enlarge(all, shown) {
  const dialog = byId("lightbox");
  const pictures = all.filter((each) => !isCovered(each));
  let place = pictures.indexOf(shown);
  const go = (steps) => {
    place = (place + steps + pictures.length) % pictures.length;
    show();
  };
  const step = (drawing, label, steps) => iconButton(drawing, label, () => go(steps));
  const show = () => {
    const { file, description } = pictures[place];
    dialog.replaceChildren(
      el("img", {
        src: local(file.url),
        alt: description ?? "",
        width: file.width,
        height: file.height,
        class: "large",
      }),
      el(
        "div",
        { class: "caption" },
        ...(pictures.length > 1
          ? [
              step("left", t("Previous"), -1),
              el("span", { class: "count" }, `${place + 1} / ${pictures.length}`),
              step("right", t("Next"), 1),
            ]
          : []),
        el("p", {}, description ?? ""),
        el("a", { href: local(file.url), target: "_blank", rel: "noopener noreferrer" }, t("Open by itself")),
        iconButton("close", t("Close"), () => dialog.close(), { autofocus: true }),
      ),
    );
  };
  dialog.onkeydown = (event) => {
    if (event.key === "ArrowRight") go(1);
    else if (event.key === "ArrowLeft") go(-1);
  };
  dialog.onclick = (event) => event.target === dialog && dialog.close();
  show();
  dialog.showModal();
}
