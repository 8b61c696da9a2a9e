// Modals: labels with text, menus, files and the rest, checked before they are sent.

import { pointedAt } from "./components.js";
import { el, iconButton, unknown } from "./dom.js";
import { fileInput, takeFiles } from "./files.js";
import { markdown } from "./markdown.js";
import { menu } from "./menus.js";
import { t } from "./words.js";

const [ROW, TEXT_INPUT, TEXT, LABEL, UPLOAD, RADIOS, CHECKBOXES, CHECKBOX] = [1, 4, 10, 18, 19, 21, 22, 23];
const SELECTS = new Set([3, 5, 6, 7, 8]);
const LONGEST_TEXT = 4000;
const PARAGRAPH = 2;

/**
 * Opens a modal in the dialog. `submit(fields, files)` gets the values and the files by custom id; what it refuses stays
 * open.
 */
export function openModal(dialog, modal, { submit, context }) {
  const fields = modal.components.flatMap((each) => drawn(each, context));
  const send = el("button", { type: "submit", class: "button primary" }, t("Submit"));
  const form = el(
    "form",
    { novalidate: true },
    el(
      "div",
      { class: "modal-head" },
      el("h2", { id: "modal-title" }, modal.title),
      iconButton("close", t("Close"), () => dialog.close()),
    ),
    ...fields.map((each) => each.node),
    el("p", { id: "modal-notice", class: "notice", role: "alert", hidden: true }),
    el(
      "div",
      { class: "row end" },
      el("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, t("Cancel")),
      send,
    ),
  );
  const inputs = fields.filter((each) => each.read);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = inputs.filter((each) => !each.check());
    if (wrong.length > 0) return wrong[0].focus();
    send.disabled = true;
    const read = (some) => Object.fromEntries(some.map((each) => [each.customId, each.read()]));
    const isTaken = await submit(
      read(inputs.filter((each) => !each.isFile)),
      read(inputs.filter((each) => each.isFile)),
    );
    send.disabled = false;
    if (isTaken && form.isConnected) dialog.close();
  });
  form.addEventListener("paste", (event) => takeFiles([...event.clipboardData.files], form) && event.preventDefault());
  dialog.replaceChildren(form);
  dialog.showModal();
  inputs[0]?.focus();
}

function drawn(component, context) {
  switch (component.type) {
    case TEXT:
      return [{ node: el("div", { class: "text" }, markdown(component.content, context)) }];
    case ROW:
      return component.components.map((each) => labelled(each, each.label, null, context));
    case LABEL:
      return [labelled(component.component, component.label, component.description, context)];
    default:
      return [{ node: unknown("part of a modal", component.type) }];
  }
}

/** A field under its label, with what is wrong with it below. */
function labelled(field, label, description, context) {
  const id = `modal-field-${field.custom_id}`;
  const isRequired = field.required ?? field.type !== CHECKBOX;
  const control = controlOf(field, { id, label, isRequired, context });
  const wrong = el("p", { id: `${id}-wrong`, class: "field-wrong", role: "alert", hidden: true });
  const about = description ? el("small", { id: `${id}-about` }, description) : null;
  control.target?.setAttribute("aria-describedby", `${about ? `${about.id} ` : ""}${wrong.id}`);
  const check = () => {
    const problem = control.isEmpty() ? (isRequired ? t("This field is required.") : "") : (control.problem?.() ?? "");
    wrong.textContent = problem;
    wrong.hidden = problem === "";
    control.target?.setAttribute("aria-invalid", String(problem !== ""));
    return problem === "";
  };
  const name = el(
    control.isGroup ? "span" : "label",
    { for: control.isGroup ? undefined : id, id: `${id}-name`, class: "field-name" },
    label,
    isRequired ? null : el("span", { class: "optional" }, t("optional")),
  );
  const node = el("div", { class: "field" }, name, about, control.node, wrong);
  node.addEventListener("change", () => !wrong.hidden && check());
  return {
    node,
    check,
    customId: field.custom_id,
    read: control.read,
    focus: () => (control.target ?? control.node).focus(),
    isFile: field.type === UPLOAD,
  };
}

function controlOf(field, given) {
  if (field.type === TEXT_INPUT) return textControl(field, given);
  if (field.type === UPLOAD) return fileControl(field, given);
  if (field.type === RADIOS || field.type === CHECKBOXES) return groupControl(field, given);
  if (field.type === CHECKBOX) return checkboxControl(field, given);
  if (SELECTS.has(field.type)) return selectControl(field, given);
  const node = unknown("field of a modal", field.type);
  return { node, target: null, read: () => null, isEmpty: () => false };
}

function textControl(field, { id, isRequired }) {
  const most = field.max_length ?? LONGEST_TEXT;
  const shared = {
    id,
    maxlength: most,
    placeholder: field.placeholder,
    "aria-required": String(isRequired),
    autocomplete: "off",
  };
  const input =
    field.style === PARAGRAPH ? el("textarea", { ...shared, rows: 5 }) : el("input", { type: "text", ...shared });
  input.value = field.value ?? "";
  const left = el("small", { class: "count", "aria-hidden": "true" });
  const tell = () => (left.textContent = `${input.value.length} / ${most}`);
  input.addEventListener("input", tell);
  tell();
  const tooShort = () =>
    input.value.length < (field.min_length ?? 0) ? t("At least {least} characters.", { least: field.min_length }) : "";
  return {
    node: el("div", { class: "counted" }, input, left),
    target: input,
    read: () => input.value,
    isEmpty: () => input.value === "",
    problem: tooShort,
  };
}

function fileControl(field, { id, isRequired, context }) {
  const input = fileInput({ id, most: field.max_values ?? 1, "aria-required": String(isRequired) }, context.limitBytes);
  const least = field.min_values ?? 1;
  const tooFew = () =>
    input.validationMessage || (input.files.length < least ? t("At least {least} files.", { least }) : "");
  return {
    node: input.shell,
    target: input,
    read: () => [...input.files],
    isEmpty: () => input.files.length === 0,
    problem: tooFew,
  };
}

function selectControl(field, { id, label, isRequired, context }) {
  const options = field.options ?? pointedAt(field, context);
  const least = field.min_values ?? 1;
  const node = menu({
    id,
    label,
    options,
    isRequired,
    least: isRequired ? least : 0,
    most: field.max_values ?? 1,
    onChoice: () => node.dispatchEvent(new Event("change", { bubbles: true })),
  });
  const head = node.querySelector("button");
  head.setAttribute("aria-label", label);
  if (node.values.length === 0)
    head.querySelector(".menu-shown").textContent = field.placeholder ?? t("Make a selection");
  const tooFew = () => (node.values.length < least ? t("Choose at least {least}.", { least }) : "");
  return { node, target: head, read: () => node.values, isEmpty: () => node.values.length === 0, problem: tooFew };
}

function groupControl(field, { id }) {
  const isOne = field.type === RADIOS;
  const inputs = field.options.map((option, index) =>
    el("input", {
      id: `${id}-${index}`,
      type: isOne ? "radio" : "checkbox",
      name: id,
      value: option.value,
      checked: option.default,
    }),
  );
  const entries = field.options.map((option, index) =>
    el(
      "label",
      { class: "choice" },
      inputs[index],
      el("span", {}, option.label, option.description ? el("small", {}, option.description) : null),
    ),
  );
  const node = el(
    "div",
    { role: isOne ? "radiogroup" : "group", "aria-labelledby": `${id}-name`, class: "choices" },
    ...entries,
  );
  const values = () => inputs.filter((each) => each.checked).map((each) => each.value);
  return {
    node,
    target: inputs[0],
    isGroup: true,
    read: () => (isOne ? (values()[0] ?? null) : values()),
    isEmpty: () => values().length === 0,
  };
}

function checkboxControl(field, { id }) {
  const input = el("input", { id, type: "checkbox", checked: field.default });
  return { node: input, target: input, read: () => input.checked, isEmpty: () => false };
}
