// Embeds: title, description, fields, pictures and the rest, as a card.

import { colour } from "./components.js";
import { el, unknown } from "./dom.js";
import { markdown } from "./markdown.js";
import { local, single } from "./pictures.js";
import { dayAndTime } from "./words.js";

const SHOWN = new Set([
  "author",
  "title",
  "url",
  "description",
  "fields",
  "image",
  "thumbnail",
  "footer",
  "timestamp",
  "color",
  "type",
  "flags",
]);

export function embed(shown, context) {
  const node = el(
    "article",
    { class: `embed${shown.thumbnail ? " with-thumbnail" : ""}` },
    el(
      "div",
      { class: "embed-body" },
      shown.author
        ? el("p", { class: "embed-author" }, sign(shown.author.icon_url), linked(shown.author.name, shown.author.url))
        : null,
      shown.title ? el("p", { class: "embed-title" }, linked(shown.title, shown.url, context)) : null,
      shown.description ? el("div", { class: "text" }, markdown(shown.description, context)) : null,
      shown.fields?.length
        ? el("dl", { class: "embed-fields" }, ...shown.fields.map((field) => fieldOf(field, context)))
        : null,
    ),
    shown.thumbnail
      ? el("div", { class: "embed-thumbnail" }, single(shown.thumbnail, shown.thumbnail.description))
      : null,
    shown.image ? single(shown.image, shown.image.description) : null,
    foot(shown),
    ...Object.keys(shown)
      .filter((name) => !SHOWN.has(name))
      .map((name) => unknown("part of an embed", name)),
  );
  if (shown.color) node.style.borderInlineStartColor = colour(shown.color);
  return node;
}

function linked(text, address, context) {
  const words = context ? markdown(text, context, { isInline: true }) : text;
  return address
    ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words)
    : el("span", {}, words);
}

const sign = (address) => (address ? el("img", { src: local(address), alt: "", class: "embed-icon" }) : null);

const fieldOf = (field, context) =>
  el(
    "div",
    { class: field.inline ? "inline" : "" },
    el("dt", {}, markdown(field.name, context, { isInline: true })),
    el("dd", {}, markdown(field.value, context)),
  );

function foot(shown) {
  const told = [shown.footer?.text, shown.timestamp ? dayAndTime(new Date(shown.timestamp)) : null].filter(Boolean);
  return told.length > 0 ? el("p", { class: "embed-foot" }, sign(shown.footer?.icon_url), told.join(" · ")) : null;
}
