// What opens beside something: it stands in the page's top layer, and keeps within the window.

import { el, icon } from "./dom.js";

const GAP = 6;

/** Places an open popover below its anchor, or above where there is more room. */
export function beside(popover, anchor, { isAtEnd = false } = {}) {
  const at = anchor.getBoundingClientRect();
  const [width, height] = [popover.offsetWidth, popover.offsetHeight];
  const hasRoomBelow = at.bottom + GAP + height <= innerHeight || at.top < innerHeight - at.bottom;
  const top = hasRoomBelow ? Math.min(at.bottom + GAP, innerHeight - height - GAP) : at.top - GAP - height;
  const left = isAtEnd ? at.right - width : at.left;
  popover.style.top = `${Math.max(GAP, top)}px`;
  popover.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
}

/**
 * Opens a menu of actions beside a node, with the first one focused. Closes with a choice, Escape or a press elsewhere,
 * and gives the focus back.
 *
 * @param entries `{label, act, icon, isDangerous}` each, or `{heading}`
 */
export function openMenu(anchor, label, entries, { at } = {}) {
  const opener = document.activeElement;
  const close = () => list.hidePopover();
  const act = (each) => () => {
    close();
    each.act();
  };
  const list = el(
    "div",
    { class: "action-menu", role: "menu", popover: "auto", "aria-label": label },
    ...entries.map((each) =>
      each.heading
        ? el("p", { class: "menu-heading", role: "presentation" }, each.heading)
        : el(
            "button",
            { type: "button", role: "menuitem", class: each.isDangerous ? "dangerous" : "", onclick: act(each) },
            each.label,
            each.icon ? icon(each.icon) : null,
          ),
    ),
  );
  list.addEventListener("keydown", (event) => {
    const buttons = [...list.querySelectorAll("button")];
    const place = buttons.indexOf(document.activeElement);
    const moves = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: -1 };
    if (event.key === "Tab") close();
    if (!(event.key in moves)) return;
    event.preventDefault();
    buttons.at(moves[event.key] % buttons.length).focus();
  });
  list.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    if (list.contains(document.activeElement) || document.activeElement === document.body) opener?.focus();
    list.remove();
  });
  document.body.append(list);
  list.showPopover();
  beside(list, at ? { getBoundingClientRect: () => new DOMRect(at.x, at.y, 0, 0) } : anchor, { isAtEnd: !at });
  list.querySelector("button")?.focus();
}
