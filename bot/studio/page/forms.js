// Forms: the options of a command, and modals.

import { el } from "./dom.js";
import { fileInput, paste } from "./files.js";
import { markdown } from "./markdown.js";

const [STRING, INTEGER, BOOLEAN, PERSON, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE] = [3, 4, 5, 6, 7, 8, 9, 10, 11];

/** Every callable command of the tree: its full name, its form, and the names and words that this person reads. */
export function leaves(command, locale, before = []) {
  const named = [...before, command];
  const inner = (command.options ?? []).filter((each) => each.type <= 2);
  if (inner.length > 0) return inner.flatMap((each) => leaves(each, locale, named));
  return [
    {
      name: named.map((each) => each.name).join(" "),
      shown: named.map((each) => localized(each, "name", locale)).join(" "),
      description: localized(command, "description", locale),
      options: command.options ?? [],
    },
  ];
}

export const localized = (part, field, locale) => part[`${field}_localizations`]?.[locale] ?? part[field];

/** The fields of a command, and `read()` which gives `{options, files}`. */
export function optionFields(leaf, context) {
  const fields = leaf.options.map((option) => ({ option, input: optionInput(option, context) }));
  const nodes = fields.map(({ option, input }) => optionNode(option, input, context.locale));
  const read = () => {
    const options = {};
    const files = {};
    for (const { option, input } of fields) {
      if (option.type === FILE) {
        if (input.files.length > 0) files[option.name] = input.files[0];
      } else if (input.value !== "") options[option.name] = valueOf(option, input);
    }
    return { options, files };
  };
  return { nodes, read };
}

function optionNode(option, input, locale) {
  const id = `option-${option.name}`;
  input.id = id;
  const list = input.suggestions ?? null;
  return el(
    "div",
    { class: widthOf(option) },
    el("label", { for: id }, localized(option, "name", locale), option.required ? null : el("span", { class: "optional" }, "optional")),
    input.shell ?? input,
    list,
    el("small", { id: `${id}-about` }, localized(option, "description", locale)),
  );
}

function widthOf(option) {
  const isLong = option.type === STRING && !option.choices?.length && !option.autocomplete;
  if (!isLong && option.type !== FILE) return "field";
  return isLong && option.required ? "field wide" : "field long";
}

function optionInput(option, context) {
  const shared = { name: option.name, required: option.required, "aria-describedby": `option-${option.name}-about` };
  if (option.choices?.length) {
    return chooser(shared, option, option.choices.map((each) => [each.value, localized(each, "name", context.locale)]));
  }
  switch (option.type) {
    case INTEGER:
    case NUMBER: {
      const bounds = { min: option.min_value, max: option.max_value, step: option.type === INTEGER ? 1 : "any" };
      return el("input", { type: "number", ...bounds, ...shared });
    }
    case BOOLEAN:
      return chooser(shared, option, [["true", "Yes"], ["false", "No"]]);
    case PERSON:
    case MENTIONABLE:
      return chooser(shared, option, context.people.map((each) => [each.id, each.name]));
    case CHANNEL:
      return chooser(shared, option, context.channels.map((each) => [each.id, `#${each.name}`]));
    case ROLE:
      return el("input", { type: "text", ...shared });
    case FILE:
      return fileInput(shared, context.limitBytes);
    default:
      return textInput(option, shared, context);
  }
}

function chooser(shared, option, entries) {
  const nothing = el("option", { value: "" }, option.required ? "Choose…" : "—");
  return el("select", shared, nothing, ...entries.map(([value, name]) => el("option", { value }, name)));
}

function textInput(option, shared, context) {
  const lengths = { minlength: option.min_length, maxlength: option.max_length ?? 6000 };
  const input = el("input", { type: "text", autocomplete: "off", ...lengths, ...shared });
  if (!option.autocomplete) return input;
  const list = el("datalist", { id: `choices-${option.name}` });
  input.setAttribute("list", list.id);
  input.suggestions = list;
  input.known = new Map();
  const complete = async () => {
    const choices = await context.autocomplete(option.name, input.value);
    input.known = new Map(choices.map((each) => [each.name, each.value]));
    list.replaceChildren(...choices.map((each) => el("option", { value: each.name })));
  };
  input.addEventListener("input", complete);
  input.addEventListener("focus", complete);
  return input;
}

function valueOf(option, input) {
  if (option.type === INTEGER || option.type === NUMBER) return Number(input.value);
  if (option.type === BOOLEAN) return input.value === "true";
  return input.known?.get(input.value) ?? input.value;
}

/**
 * Opens a modal in the dialog. `submit(fields, files)` gets the values, and the files, by custom id; what it refuses
 * stays open.
 */
export function openModal(dialog, modal, { submit, names, limitBytes }) {
  const fields = modal.components.flatMap((each) => modalField(each, { names, limitBytes }));
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "modal-title" }, modal.title),
    ...fields.map((each) => each.node),
    el("p", { id: "modal-notice", class: "notice", role: "alert", hidden: true }),
    el(
      "div",
      { class: "row end" },
      el("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, "Cancel"),
      el("button", { type: "submit", class: "button primary" }, "Submit"),
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const inputs = fields.filter((each) => each.input);
    const values = (list, read) => Object.fromEntries(list.map((each) => [each.customId, read(each)]));
    const isTaken = await submit(
      values(inputs.filter((each) => !each.input.files), (each) => each.value()),
      values(inputs.filter((each) => each.input.files?.length), (each) => each.input.files[0]),
    );
    if (isTaken && form.isConnected) dialog.close();
  });
  form.addEventListener("paste", (event) => paste(event, form));
  dialog.replaceChildren(form);
  dialog.showModal();
}

function modalField(component, { names, limitBytes }) {
  if (component.type === 10) return [{ node: el("div", { class: "text" }, markdown(component.content, names)) }];
  if (component.type === 1) return component.components.map((each) => labelled(each, each.label, null, limitBytes));
  return [labelled(component.component, component.label, component.description, limitBytes)];
}

function labelled(field, label, description, limitBytes) {
  const id = `modal-field-${field.custom_id}`;
  const input = modalInput(field, id, limitBytes);
  const isRequired = field.required ?? true;
  const node = el(
    "div",
    { class: "field wide" },
    el("label", { for: id }, label, isRequired ? null : el("span", { class: "optional" }, "optional")),
    input.shell ?? input,
    description ? el("small", {}, description) : null,
  );
  return { node, input, customId: field.custom_id, value: () => modalValue(field, input) };
}

function modalInput(field, id, limitBytes) {
  const isRequired = field.required ?? true;
  if (field.type === 19) return fileInput({ id, required: isRequired }, limitBytes);
  if (field.type === 4) {
    const lengths = { minlength: field.min_length, maxlength: field.max_length ?? 4000, placeholder: field.placeholder };
    const input = el(field.style === 2 ? "textarea" : "input", { id, required: isRequired, ...lengths });
    input.value = field.value ?? "";
    return input;
  }
  if (field.type === 23) return el("input", { id, type: "checkbox", checked: field.default });
  const isMany = (field.max_values ?? 1) > 1;
  const options = (field.options ?? []).map((each) => el("option", { value: each.value, selected: each.default }, each.label));
  return el("select", { id, multiple: isMany, required: isRequired }, ...options);
}

function modalValue(field, input) {
  if (field.type === 4) return input.value;
  if (field.type === 23) return input.checked;
  const chosen = [...input.selectedOptions].map((each) => each.value);
  return field.type === 21 ? (chosen[0] ?? null) : chosen;
}
