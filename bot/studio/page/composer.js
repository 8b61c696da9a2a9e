// The field at the bottom: plain messages, the picker of commands after "/", and the form of the chosen command.

import { byId, el } from "./dom.js";
import { paste } from "./files.js";
import { leaves, optionFields } from "./forms.js";

/** `actions`: say(text), command(leaf, options, files), autocomplete(leaf, option, partial, filled), context(). */
export function composer(actions) {
  const input = byId("composer-input");
  const picker = byId("picker");
  const form = byId("command-form");
  const sayForm = byId("say-form");
  let offered = [];
  let shown = [];
  let active = 0;

  function show() {
    const isOpen = input.value.startsWith("/");
    const typed = input.value.slice(1).trim().toLowerCase();
    shown = isOpen ? offered.filter((leaf) => leaf.shown.toLowerCase().includes(typed) || leaf.name.includes(typed)) : [];
    active = Math.min(active, Math.max(shown.length - 1, 0));
    picker.replaceChildren(...shown.map(entry));
    if (isOpen && shown.length === 0) picker.append(el("li", { class: "none" }, "No such command here"));
    picker.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (isOpen && shown.length > 0) input.setAttribute("aria-activedescendant", `pick-${active}`);
    else input.removeAttribute("aria-activedescendant");
    picker.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  function entry(leaf, index) {
    return el(
      "li",
      { role: "option", id: `pick-${index}`, "aria-selected": String(index === active), onclick: () => choose(leaf) },
      el("strong", {}, `/${leaf.shown}`),
      el("span", {}, leaf.description),
    );
  }

  function choose(leaf) {
    input.value = "";
    show();
    const context = actions.context();
    const fields = optionFields(leaf, {
      ...context,
      autocomplete: (option, partial) => actions.autocomplete(leaf, option, partial, fields.read()),
    });
    form.replaceChildren(
      el("div", { class: "command-head" }, el("h3", {}, `/${leaf.shown}`), el("p", {}, leaf.description)),
      el("div", { class: "fields" }, ...fields.nodes),
      el(
        "div",
        { class: "row end" },
        el("button", { type: "button", class: "button secondary", onclick: leave }, "Cancel"),
        el("button", { type: "submit", class: "button primary" }, "Send"),
      ),
    );
    form.setAttribute("aria-label", `/${leaf.shown}`);
    form.onsubmit = async (event) => {
      event.preventDefault();
      const { options, files } = fields.read();
      if (await actions.command(leaf, options, files)) leave();
    };
    form.hidden = false;
    sayForm.hidden = true;
    (form.querySelector("input, select, textarea") ?? form.querySelector("[type=submit]")).focus();
  }

  function leave() {
    form.hidden = true;
    sayForm.hidden = false;
    form.replaceChildren();
    input.focus();
  }

  form.addEventListener("paste", (event) => paste(event, form));
  form.addEventListener("keydown", (event) => event.key === "Escape" && leave());
  input.addEventListener("input", () => {
    active = 0;
    show();
  });
  input.addEventListener("keydown", (event) => {
    if (picker.hidden || shown.length === 0) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length;
      event.preventDefault();
      show();
    } else if (event.key === "Escape") {
      input.value = "";
      show();
    } else if (event.key === "Tab") {
      event.preventDefault();
      choose(shown[active]);
    }
  });
  sayForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!picker.hidden) {
      if (shown.length > 0) choose(shown[active]);
      return;
    }
    const text = input.value;
    if (text.trim() !== "" && (await actions.say(text))) input.value = "";
  });

  return {
    offer(commands, locale) {
      offered = commands.filter((each) => each.type === 1).flatMap((each) => leaves(each, locale));
      show();
    },
    leave,
  };
}
