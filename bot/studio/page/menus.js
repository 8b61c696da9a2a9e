// A menu to choose from: one entry or several, with what each means. Works as a select does, by pointer and by keyboard.

import { el, icon } from "./dom.js";
import { beside } from "./popups.js";
import { plural, t } from "./words.js";

let count = 0;

/**
 * @param options `{label, value, description, emoji, default}` each
 * @param onChoice called with the values once they are chosen; where several may be, when the menu closes
 * @returns a node with `values`
 */
export function menu({ label, options, least = 1, most = 1, isDisabled = false, onChoice = () => {}, id, isRequired }) {
  const name = id ?? `menu-${(count += 1)}`;
  const chosen = new Set(options.filter((each) => each.default).map((each) => each.value));
  const shown = el("span", { class: "menu-shown" });
  const list = el("ul", {
    id: `${name}-list`,
    class: "menu-list",
    role: "listbox",
    popover: "manual",
    "aria-label": label,
    "aria-multiselectable": most > 1 ? "true" : undefined,
  });
  const head = el(
    "button",
    {
      id: name,
      type: "button",
      class: "menu-head",
      role: "combobox",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "aria-controls": list.id,
      "aria-label": label,
      "aria-required": isRequired ? "true" : undefined,
      disabled: isDisabled,
    },
    shown,
    icon("down"),
  );
  const entries = options.map((option, index) => entry(option, `${name}-${index}`, () => take(index)));
  list.append(...entries);
  const node = el("div", { class: "menu" }, head, list);
  let active = 0;
  let before = "";

  const values = () => options.map((each) => each.value).filter((each) => chosen.has(each));
  Object.defineProperty(node, "values", { get: values });

  function show() {
    const labels = options
      .filter((each) => chosen.has(each.value))
      .map((each) => [each.emoji?.name, each.label].filter(Boolean).join(" "));
    shown.textContent =
      labels.length > 3 ? plural("{count} chosen", "{count} chosen", labels.length) : labels.join(", ") || label;
    shown.classList.toggle("placeholder", labels.length === 0);
    entries.forEach((each, index) => {
      each.setAttribute("aria-selected", String(chosen.has(options[index].value)));
      each.classList.toggle("active", index === active);
    });
    head.setAttribute("aria-activedescendant", head.ariaExpanded === "true" ? (entries[active]?.id ?? "") : "");
  }

  function open() {
    if (head.disabled || head.ariaExpanded === "true") return;
    before = values().join();
    active = Math.max(
      0,
      options.findIndex((each) => chosen.has(each.value)),
    );
    head.setAttribute("aria-expanded", "true");
    list.showPopover();
    list.style.minWidth = `${head.offsetWidth}px`;
    beside(list, head);
    show();
    entries[active]?.scrollIntoView({ block: "nearest" });
  }

  function close() {
    if (head.ariaExpanded !== "true") return;
    head.setAttribute("aria-expanded", "false");
    list.hidePopover();
    show();
    if (most > 1 && values().join() !== before && chosen.size >= least) onChoice(values(), head);
  }

  function take(index) {
    const { value } = options[index];
    active = index;
    if (most === 1) {
      const isSame = chosen.has(value);
      chosen.clear();
      if (!(isSame && least === 0)) chosen.add(value);
      close();
      onChoice(values(), head);
    } else if (chosen.has(value)) chosen.delete(value);
    else if (chosen.size < most) chosen.add(value);
    show();
    head.focus();
  }

  function go(to) {
    active = Math.min(Math.max(to, 0), options.length - 1);
    show();
    entries[active].scrollIntoView({ block: "nearest" });
  }

  head.addEventListener("click", () => (head.ariaExpanded === "true" ? close() : open()));
  head.addEventListener("blur", () => close());
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the head keeps the focus
  head.addEventListener("keydown", (event) => {
    const isOpen = head.ariaExpanded === "true";
    const moves = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: options.length - 1 };
    if (event.key in moves) isOpen ? go(moves[event.key]) : open();
    else if (isOpen && (event.key === "Enter" || event.key === " ")) take(active);
    else if (isOpen && event.key === "Escape") close();
    else if (isOpen && event.key.length === 1) go(starting(options, event.key, active));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  show();
  return node;
}

function entry(option, id, take) {
  return el(
    "li",
    { id, role: "option", onclick: take },
    option.emoji ? el("span", { class: "emoji", "aria-hidden": "true" }, option.emoji.name) : null,
    el(
      "span",
      { class: "menu-entry" },
      el("span", {}, option.label),
      option.description ? el("small", {}, option.description) : null,
    ),
    icon("tick"),
  );
}

/** The next option whose label begins with a letter. */
function starting(options, letter, active) {
  const found = options
    .map((each, index) => index)
    .filter((index) => options[index].label.toLowerCase().startsWith(letter.toLowerCase()));
  return found.find((index) => index > active) ?? found[0] ?? active;
}
