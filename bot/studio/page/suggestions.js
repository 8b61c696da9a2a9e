// The list above the message field: commands, options, choices. The field keeps the focus, the list follows its keys.

import { byId, el } from "./dom.js";
import { t } from "./words.js";

export class Suggestions {
  #entries = [];
  #active = -1;
  #input = null;

  constructor() {
    this.panel = byId("panel");
    this.head = byId("panel-head");
    this.list = byId("suggestions");
    this.note = byId("panel-note");
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  get active() {
    return this.#entries[this.#active] ?? null;
  }

  /**
   * Shows entries for an input.
   *
   * @param head nodes above the list
   * @param groups `{title, entries}` each; an entry has `nodes` and `pick`
   * @param note what is said instead of entries, or beside them
   * @param label what the list is, for those who listen
   * @param isEager whether the first entry is active before anybody moves
   */
  show(input, { head = [], groups = [], note = "", label, isEager = true }) {
    this.#release();
    this.#input = input;
    this.#entries = groups.flatMap((group) => group.entries);
    this.#active = isEager && this.#entries.length > 0 ? 0 : -1;
    this.head.replaceChildren(...head);
    this.head.hidden = head.length === 0;
    let index = 0;
    const drawn = (entry) => {
      const node = el(
        "div",
        { role: "option", id: `suggestion-${index}`, class: "suggestion", onclick: () => entry.pick() },
        ...entry.nodes,
      );
      index += 1;
      entry.node = node;
      return node;
    };
    this.list.replaceChildren(
      ...groups
        .filter((group) => group.entries.length > 0)
        .map((group) =>
          el(
            "div",
            { role: "group", "aria-label": group.title ?? label },
            group.title ? el("p", { class: "menu-heading", "aria-hidden": "true" }, group.title) : null,
            ...group.entries.map(drawn),
          ),
        ),
    );
    this.list.hidden = this.#entries.length === 0;
    this.list.setAttribute("aria-label", label ?? t("Suggestions"));
    this.say(note);
    this.panel.hidden = false;
    this.#mark();
  }

  /** A word beneath the list, such as what is wrong with a value. */
  say(note, { isWrong = false } = {}) {
    this.note.textContent = note;
    this.note.hidden = note === "";
    this.note.classList.toggle("wrong", isWrong);
  }

  close() {
    this.#release();
    this.#entries = [];
    this.panel.hidden = true;
    this.list.replaceChildren();
  }

  /** Handles the keys that walk the list; whether it was one. */
  walk(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (!this.isOpen || this.#entries.length === 0 || !(event.key in steps)) return false;
    const place = this.#active < 0 && event.key === "ArrowUp" ? 0 : this.#active;
    this.#active = (place + steps[event.key] + this.#entries.length) % this.#entries.length;
    this.#mark();
    event.preventDefault();
    return true;
  }

  #mark() {
    this.#entries.forEach(({ node }, index) => node.setAttribute("aria-selected", String(index === this.#active)));
    const { node } = this.active ?? {};
    node?.scrollIntoView({ block: "nearest" });
    const hasList = this.#entries.length > 0;
    if (this.#input?.getAttribute("role") === "combobox") this.#input.setAttribute("aria-expanded", String(hasList));
    if (node) this.#input.setAttribute("aria-activedescendant", node.id);
    else this.#input?.removeAttribute("aria-activedescendant");
  }

  #release() {
    if (this.#input?.getAttribute("role") === "combobox") this.#input.setAttribute("aria-expanded", "false");
    this.#input?.removeAttribute("aria-activedescendant");
  }
}
