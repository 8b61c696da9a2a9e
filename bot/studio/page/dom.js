// Builds DOM nodes from plain values. Text stays text: nothing here parses HTML.

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] attributes; `class`, `on<event>` functions and booleans as one expects
 * @param {...(Node | string | null | undefined)} children
 */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

// Drawn on a field of 24 by 24.
const ICONS = {
  apps: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z",
  close: "M6 6l12 12M18 6L6 18",
  down: "M5 9l7 7 7-7",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  hash: "M9 4L7 20M17 4l-2 16M4 9h16M4 15h16",
  left: "M15 5l-7 7 7 7",
  menu: "M4 6h16M4 12h16M4 18h16",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  plus: "M12 5v14M5 12h14",
  right: "M9 5l7 7-7 7",
  send: "M4 12l16-8-5 16-3-7z",
  smile: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM8.5 14.5c2 2.3 5 2.3 7 0M9 9.5h.01M15 9.5h.01",
  thread: "M4 5h16v10H10l-4 4v-4H4z",
  tick: "M5 12.5l4.5 4.5L19 7.5",
};
const SVG = "http://www.w3.org/2000/svg";

/** A small drawing that says nothing to those who listen: what it means stands beside it, or in the button's name. */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
}

/** A button that shows a drawing and has a name. */
export const iconButton = (name, label, onclick, properties = {}) =>
  el(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...properties },
    icon(name),
  );

/** Says to those who listen what others see. */
export function announce(text) {
  byId("announcer").textContent = text;
}

/** Reports what the page cannot show: it stands in its place, and in the console, where a test hears of it. */
export function unknown(what, kind) {
  console.error(`The page does not know this ${what}: ${kind}`);
  return el("p", { class: "unknown", role: "alert" }, `${what} ${kind}?`);
}
