// Buttons, menus and the layout of a message's components, of both generations.

import { el, unknown } from "./dom.js";
import { fileCard } from "./files.js";
import { markdown } from "./markdown.js";
import { menu } from "./menus.js";
import { mosaic, single } from "./pictures.js";
import { film, isFilm } from "./players.js";
import { t } from "./words.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

/** Components as nodes; `context` offers `press(custom_id)` and `select(custom_id, values)`. */
export function components(list, context) {
  return list.map((component) => drawn(component, context)).filter((node) => node !== null);
}

function drawn(component, context) {
  switch (component.type) {
    case 1:
      return el("div", { class: "row" }, ...components(component.components, context));
    case 2:
      return button(component, context);
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return select(component, context);
    case 9:
      return section(component, context);
    case 10:
      return el("div", { class: "text" }, markdown(component.content, context));
    case 11:
      return picture(component);
    case 12:
      return mosaic(component.items.map(shown));
    case 13:
      return fileCard(component.file, { isSpoiler: component.spoiler });
    case 14:
      return separator(component);
    case 17:
      return container(component, context);
    default:
      return unknown("component", component.type);
  }
}

function section(component, context) {
  return el(
    "div",
    { class: "section" },
    el("div", { class: "section-text" }, ...components(component.components, context)),
    el("div", { class: "accessory" }, drawn(component.accessory, context)),
  );
}

const separator = (component) => {
  const size = component.spacing === 2 ? "large" : "small";
  return component.divider === false ? el("div", { class: `gap ${size}` }) : el("hr", { class: size });
};

function container(component, context) {
  const node = el("div", { class: "container" }, ...components(component.components, context));
  if (component.accent_color !== null && component.accent_color !== undefined) {
    node.classList.add("accented");
    node.style.borderInlineStartColor = colour(component.accent_color);
  }
  return component.spoiler ? covered(node) : node;
}

/** Hidden until it is pressed. */
function covered(node) {
  node.inert = true;
  const cover = el(
    "button",
    { type: "button", class: "cover", "aria-label": t("Spoiler, press to show it") },
    t("Spoiler"),
  );
  const shell = el("div", { class: "covered-part" }, node, cover);
  cover.addEventListener("click", () => {
    node.inert = false;
    shell.replaceWith(node);
  });
  return shell;
}

function button(component, context) {
  const name = [
    component.emoji
      ? el("span", { class: "emoji", "aria-hidden": component.label ? "true" : undefined }, component.emoji.name)
      : null,
    component.label ? el("span", {}, component.label) : null,
  ];
  if (component.style === 5) {
    return el(
      "a",
      { class: "button link", href: component.url, target: "_blank", rel: "noopener noreferrer" },
      ...name,
      el("span", { "aria-hidden": "true" }, "↗"),
    );
  }
  if (!(component.style in STYLES)) return unknown("style of a button", component.style);
  const node = el(
    "button",
    { type: "button", class: `button ${STYLES[component.style]}`, disabled: component.disabled },
    ...name,
  );
  node.addEventListener("click", () => node.ariaBusy !== "true" && context.press(component.custom_id, node));
  return node;
}

function select(component, context) {
  return menu({
    label: component.placeholder ?? t("Make a selection"),
    options: component.options ?? pointedAt(component, context),
    least: component.min_values ?? 1,
    most: component.max_values ?? 1,
    isDisabled: component.disabled,
    onChoice: (values, node) => context.select(component.custom_id, values, node),
  });
}

/** What a select without options of its own offers: people, roles, both, or channels. */
export function pointedAt(component, { people, roles, channels }) {
  const chosen = new Set((component.default_values ?? []).map((each) => each.id));
  const kinds = component.channel_types;
  const offered = {
    5: () => people.map((each) => ({ label: each.name, value: each.id })),
    6: () => roles.map((each) => ({ label: each.name, value: each.id })),
    7: () => [...people, ...roles].map((each) => ({ label: each.name, value: each.id })),
    8: () =>
      channels
        .filter((each) => !kinds?.length || kinds.includes(each.type))
        .map((each) => ({ label: `#${each.name}`, value: each.id })),
  };
  return offered[component.type]().map((each) => ({ ...each, default: chosen.has(each.value) }));
}

const shown = (part) => ({ file: part.media, description: part.description, isSpoiler: part.spoiler });

const picture = (part) => (isFilm(part.media) ? film(shown(part)) : single(part.media, part.description, part.spoiler));

export const colour = (number) => `#${number.toString(16).padStart(6, "0")}`;
