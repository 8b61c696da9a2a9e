// The form of a command, in the place of the message field: its options as pills, required ones first.

import { KINDS } from "./commands.js";
import { el, iconButton } from "./dom.js";
import { Field } from "./fields.js";
import { plural, t } from "./words.js";

const MOST_SHOWN = 25;

/** `onLeave({isSent})` is called when it is sent or given up. */
export function commandForm(node, leaf, { actions, suggestions, onLeave }) {
  const context = actions.context();
  const fields = leaf.options.map((option) => new Field(option, context));
  const inUse = fields.filter((field) => field.option.required);
  const more = el("input", {
    type: "text",
    class: "more-options",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "suggestions",
    "aria-autocomplete": "list",
    autocomplete: "off",
  });
  const pills = el("div", { class: "pills" });
  const send = iconButton("send", t("Send"), null, { type: "submit", class: "icon-button send" });
  let asking = 0; // the number of the latest question for completions: earlier answers come too late
  let isSending = false;

  const unused = () => fields.filter((field) => !inUse.includes(field));

  function lay() {
    const name = el("strong", { class: "command-name" }, `/${leaf.shown}`);
    pills.replaceChildren(name, ...inUse.map((field) => field.node), ...(unused().length > 0 ? [more] : []));
    const label = plural("+{count} optional", "+{count} optional", unused().length);
    more.placeholder = label;
    more.setAttribute("aria-label", label);
  }

  // Moving about

  function focusNext(field) {
    const after = inUse.slice(inUse.indexOf(field) + 1).find((each) => !each.isFilled);
    const target =
      after?.input ??
      inUse.find((each) => each.option.required && !each.isFilled)?.input ??
      (more.isConnected ? more : field.input);
    target.focus();
  }

  function add(field) {
    more.value = "";
    inUse.push(field);
    lay();
    field.input.focus();
  }

  function takeAway(field) {
    const place = inUse.indexOf(field);
    inUse.splice(place, 1);
    lay();
    (inUse[place - 1]?.input ?? more).focus();
  }

  // What stands above

  const headOf = (field) => [
    el("strong", {}, field.option.shown),
    el("span", {}, field.option.about),
    el(
      "small",
      {},
      [field.option.required ? t("required") : t("optional"), field.bounds()].filter(Boolean).join(" · "),
    ),
  ];

  function guide(field, choices = [], { note = "" } = {}) {
    const entries = choices
      .slice(0, MOST_SHOWN)
      .map((choice) => ({ nodes: [el("span", {}, choice.name)], pick: () => pick(field, choice) }));
    suggestions.show(field.input, {
      head: headOf(field),
      groups: [{ entries }],
      note,
      label: field.option.shown,
      isEager: !field.isPicked && field.input.value !== "",
    });
    mark(field);
  }

  /** Shows what may stand in a field, and what is wrong with what does. */
  async function look(field) {
    if (field.option.autocomplete && !field.isPicked) return complete(field);
    const wanted = field.isFile || field.isPicked ? "" : field.input.value.trim().toLowerCase();
    guide(
      field,
      field.offered().filter((each) => each.name.toLowerCase().includes(wanted)),
    );
  }

  async function complete(field) {
    const mine = (asking += 1);
    guide(field, [], { note: t("Asking…") });
    const choices = await actions.autocomplete(leaf, field.option.name, field.input.value, read(field));
    if (mine !== asking || document.activeElement !== field.input) return;
    guide(field, choices ?? [], { note: choices === null ? t("The options could not be loaded.") : "" });
  }

  function mark(field) {
    const isWrong = field.isFilled && field.problem() !== "" && !field.isChosen;
    field.node.classList.toggle("wrong", isWrong);
    field.input.setAttribute("aria-invalid", String(isWrong));
    if (isWrong) suggestions.say(field.problem(), { isWrong });
  }

  function pick(field, choice) {
    asking += 1;
    field.choose(choice);
    field.node.classList.remove("wrong");
    focusNext(field);
    if (document.activeElement === field.input) guide(field);
  }

  function offerMore() {
    const wanted = more.value.trim().toLowerCase();
    const found = unused().filter(
      ({ option }) => option.shown.toLowerCase().includes(wanted) || option.name.includes(wanted),
    );
    const entries = found.map((field) => ({
      pick: () => add(field),
      nodes: [el("strong", {}, field.option.shown), el("small", {}, field.option.about)],
    }));
    const head = [el("strong", {}, `/${leaf.shown}`), el("span", {}, leaf.description)];
    suggestions.show(more, {
      head,
      groups: [{ title: t("Optional"), entries }],
      label: t("Optional"),
      isEager: wanted !== "",
    });
  }

  // Sending

  function read(except = null) {
    const options = {};
    const files = {};
    for (const field of inUse) {
      if (field === except || !field.isFilled || field.problem() !== "") continue;
      (field.isFile ? files : options)[field.option.name] = field.value();
    }
    return { options, files };
  }

  async function submit() {
    const wrong = inUse.find((field) => field.problem() !== "");
    if (wrong) {
      wrong.node.classList.add("wrong");
      wrong.input.setAttribute("aria-invalid", "true");
      wrong.input.focus();
      await look(wrong);
      suggestions.say(wrong.problem(), { isWrong: true });
      return;
    }
    if (isSending) return;
    isSending = true;
    const { options, files } = read();
    if (await actions.command(leaf, options, files)) onLeave({ isSent: true });
    isSending = false;
  }

  function keys(event, field) {
    if (event.isComposing || suggestions.walk(event)) return;
    const { active } = suggestions;
    const isEmpty = (field?.input ?? more).value === "";
    const mayPick = active && !field?.isPicked;
    if (event.key === "Enter" && !event.shiftKey) mayPick ? active.pick() : submit();
    else if (event.key === "Tab" && !event.shiftKey && mayPick && (!isEmpty || !field)) active.pick();
    else if (event.key === "Backspace" && isEmpty && field && !field.option.required) takeAway(field);
    else if (event.key === "Backspace" && isEmpty && !field && inUse.length > 0) inUse.at(-1).input.focus();
    else return;
    event.preventDefault();
  }

  for (const field of fields) {
    field.input.addEventListener("focus", () => look(field));
    field.input.addEventListener("given", () => look(field));
    field.input.addEventListener("input", () => {
      field.typed();
      look(field);
    });
    field.input.addEventListener("keydown", (event) => keys(event, field));
  }
  more.addEventListener("focus", offerMore);
  more.addEventListener("input", offerMore);
  more.addEventListener("keydown", (event) => keys(event, null));

  const focus = () => (inUse.find((field) => !field.isFilled)?.input ?? (more.isConnected ? more : send)).focus();

  return {
    leaf,
    focus,
    begin() {
      lay();
      node.replaceChildren(
        pills,
        iconButton("close", t("Cancel"), () => onLeave({})),
        send,
      );
      node.setAttribute("aria-label", `/${leaf.shown}`);
      node.onsubmit = (event) => {
        event.preventDefault();
        submit();
      };
      node.onkeydown = (event) => {
        if (event.key === "Escape") onLeave({});
      };
      node.hidden = false;
      focus();
      if (leaf.options.length === 0)
        suggestions.show(send, { head: [el("strong", {}, `/${leaf.shown}`), el("span", {}, leaf.description)] });
    },
    /** Puts a file into the first option that takes one, bringing it in where it is not in use. */
    takeFiles([file]) {
      const takers = [...inUse, ...unused()].filter((field) => field.option.type === KINDS.FILE);
      const field =
        takers.find((each) => each.input === document.activeElement) ??
        takers.find((each) => !each.isFilled) ??
        takers[0];
      if (!field) return false;
      if (!inUse.includes(field)) add(field);
      const transfer = new DataTransfer();
      transfer.items.add(file);
      field.input.files = transfer.files;
      field.input.dispatchEvent(new Event("settled"));
      return true;
    },
  };
}
