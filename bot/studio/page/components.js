// Buttons, menus and the layout of a message's components.

import { el } from "./dom.js";
import { markdown } from "./markdown.js";
import { film, isFilm, local, mosaic, single } from "./pictures.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

/** Components as nodes; `act` offers `press(custom_id)` and `select(custom_id, values)`. */
export function components(list, context) {
  return list.map((component) => component_(component, context)).filter((node) => node !== null);
}

function component_(component, context) {
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
      return menu(component, context);
    case 9:
      return el(
        "div",
        { class: "section" },
        el("div", {}, ...components(component.components, context)),
        component_(component.accessory, context),
      );
    case 10:
      return el("div", { class: "text" }, markdown(component.content, context.names));
    case 11:
      return picture(component);
    case 12:
      return mosaic(component.items.map(shown));
    case 13:
      return fileLink(component.file);
    case 14:
      return component.divider === false ? el("div", { class: "gap" }) : el("hr");
    case 17:
      return container(component, context);
    default:
      return el("p", { class: "unknown" }, `Unknown component ${component.type}`);
  }
}

function container(component, context) {
  const node = el("div", { class: "container" }, ...components(component.components, context));
  if (component.accent_color) node.style.borderInlineStartColor = colour(component.accent_color);
  return node;
}

function button(component, context) {
  const name = [component.emoji?.name, component.label].filter(Boolean).join(" ");
  if (component.style === 5) {
    return el("a", { class: "button link", href: component.url, target: "_blank", rel: "noopener noreferrer" }, name);
  }
  return el(
    "button",
    {
      type: "button",
      class: `button ${STYLES[component.style] ?? "secondary"}`,
      disabled: component.disabled,
      onclick: () => context.press(component.custom_id),
    },
    name,
  );
}

function menu(component, context) {
  const options = component.options ?? pointedAt(component, context);
  const isMany = (component.max_values ?? 1) > 1;
  const label = component.placeholder ?? "Make a selection";
  const node = el(
    "select",
    { "aria-label": label, multiple: isMany, disabled: component.disabled, class: "menu" },
    isMany ? null : el("option", { value: "", disabled: true, selected: true }, label),
    ...options.map((each) => el("option", { value: each.value, selected: each.default }, each.label)),
  );
  node.addEventListener("change", () => {
    context.select(
      component.custom_id,
      [...node.selectedOptions].map((each) => each.value),
    );
  });
  return node;
}

/** What a select without options of its own offers: channels, or people. */
function pointedAt(component, { people, channels }) {
  const chosen = new Set((component.default_values ?? []).map((each) => each.id));
  const places = channels.map((each) => ({ label: `#${each.name}`, value: each.id }));
  const offered = component.type === 8 ? places : people.map((each) => ({ label: each.name, value: each.id }));
  return offered.map((each) => ({ ...each, default: chosen.has(each.value) }));
}

const shown = (part) => ({ file: part.media, description: part.description, isSpoiler: part.spoiler });

const picture = (part) => (isFilm(part.media) ? film(shown(part)) : single(part.media, part.description, part.spoiler));

export function fileLink(file) {
  const size = file.size === undefined ? "" : ` ${(file.size / 1024).toFixed(1)} KiB`;
  return el("p", { class: "file" }, el("a", { href: local(file.url), download: file.filename }, file.filename ?? "File"), el("small", {}, size));
}

export const colour = (number) => `#${number.toString(16).padStart(6, "0")}`;
