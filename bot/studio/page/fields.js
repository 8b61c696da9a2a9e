// The options of a command, each as a pill: what may be typed or chosen, and what is wrong with it.

import { KINDS } from "./commands.js";
import { el } from "./dom.js";
import { fileInput } from "./files.js";
import { t } from "./words.js";

const LONGEST_TEXT = 6000;
const LARGEST = 2 ** 53;

/** One option. `field.node` is the pill, `field.input` what takes the focus. */
export class Field {
  constructor(option, context) {
    this.option = option;
    this.context = context;
    this.chosen = null; // {name, value}, of an option with choices
    this.isPicked = false; // whether it was taken from the list, rather than typed
    this.isFile = option.type === KINDS.FILE;
    this.input = this.isFile ? this.#fileInput() : this.#textInput();
    const about = el("span", { id: `option-${option.name}-about`, class: "unseen" }, option.about);
    this.node = el(
      "div",
      { class: `pill${this.isFile ? " of-file" : ""}` },
      el("label", { for: this.input.id, class: "pill-name" }, option.shown),
      this.input.shell ?? this.input,
      about,
    );
  }

  #shared() {
    const { option } = this;
    return {
      id: `option-${option.name}`,
      name: option.name,
      "aria-required": option.required ? "true" : undefined,
      "aria-describedby": `option-${option.name}-about`,
    };
  }

  #fileInput() {
    return fileInput(this.#shared(), this.context.limitBytes);
  }

  #textInput() {
    const box = {
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": "suggestions",
      "aria-autocomplete": "list",
    };
    const shared = { ...this.#shared(), autocomplete: "off", spellcheck: "false", class: "pill-input" };
    if (this.isChosen || this.option.autocomplete) return el("input", { type: "text", ...box, ...shared });
    if (this.isNumber)
      return el("input", {
        type: "text",
        inputmode: this.option.type === KINDS.INTEGER ? "numeric" : "decimal",
        ...shared,
      });
    return el("textarea", { rows: 1, maxlength: this.option.max_length ?? LONGEST_TEXT, ...shared });
  }

  get isNumber() {
    return this.option.type === KINDS.INTEGER || this.option.type === KINDS.NUMBER;
  }

  /** Whether only what is offered can be given. */
  get isChosen() {
    const pointing = [KINDS.BOOLEAN, KINDS.PERSON, KINDS.CHANNEL, KINDS.ROLE, KINDS.MENTIONABLE];
    return this.option.choices.length > 0 || pointing.includes(this.option.type);
  }

  get isFilled() {
    return this.isFile ? this.input.files.length > 0 : this.input.value.trim() !== "";
  }

  choose(choice) {
    this.chosen = choice;
    this.isPicked = true;
    this.input.value = choice.name;
  }

  /** What somebody types is no longer what they chose, unless it is the very name of a choice. */
  typed() {
    const written = this.input.value.trim().toLowerCase();
    this.isPicked = false;
    this.chosen = this.isChosen ? (this.offered().find((each) => each.name.toLowerCase() === written) ?? null) : null;
  }

  /** The choices known beforehand. */
  offered() {
    const { option, context } = this;
    if (option.choices.length > 0) return option.choices;
    const people = () => context.people.map((each) => ({ name: each.name, value: each.id }));
    const roles = () => context.roles.map((each) => ({ name: each.name, value: each.id }));
    switch (option.type) {
      case KINDS.BOOLEAN:
        return [
          { name: t("Yes"), value: true },
          { name: t("No"), value: false },
        ];
      case KINDS.PERSON:
        return people();
      case KINDS.ROLE:
        return roles();
      case KINDS.MENTIONABLE:
        return [...people(), ...roles()];
      case KINDS.CHANNEL:
        return context.channels
          .filter((each) => !option.channel_types?.length || option.channel_types.includes(each.type))
          .map((each) => ({ name: `#${each.name}`, value: each.id }));
      default:
        return [];
    }
  }

  /** What is sent, once nothing is wrong. */
  value() {
    if (this.isFile) return this.input.files[0];
    if (this.chosen) return this.chosen.value;
    const written = this.input.value.trim();
    return this.isNumber ? Number(written) : written;
  }

  /** What is wrong, in a sentence; empty where nothing is. */
  problem() {
    const { option, input } = this;
    if (!this.isFilled) return option.required ? t("This option is required.") : "";
    if (this.isFile) return input.validationMessage;
    if (this.isChosen) return this.chosen ? "" : t("Choose one of those offered.");
    return this.isNumber && !this.chosen ? this.#wrongNumber() : this.#wrongLength();
  }

  #wrongNumber() {
    const { option } = this;
    const written = this.input.value.trim();
    const number = Number(written);
    if (!/^[-+]?(\d+\.?\d*|\.\d+)$/.test(written) || Math.abs(number) > LARGEST) return t("This must be a number.");
    if (option.type === KINDS.INTEGER && !Number.isInteger(number)) return t("This must be a whole number.");
    const isWithin = number >= (option.min_value ?? -Infinity) && number <= (option.max_value ?? Infinity);
    return isWithin ? "" : this.bounds();
  }

  #wrongLength() {
    const { option } = this;
    const length = [...this.input.value.trim()].length;
    const isWithin = length >= (option.min_length ?? 0) && length <= (option.max_length ?? LONGEST_TEXT);
    return isWithin || this.chosen ? "" : this.bounds();
  }

  /** Within which bounds a value must lie; empty where there are none. */
  bounds() {
    const { min_value: least, max_value: most, min_length: shortest, max_length: longest } = this.option;
    if (this.isNumber && least !== undefined && most !== undefined)
      return t("From {least} to {most}.", { least, most });
    if (this.isNumber && least !== undefined) return t("At least {least}.", { least });
    if (this.isNumber && most !== undefined) return t("At most {most}.", { most });
    if (longest !== undefined) return t("From {least} to {most} characters.", { least: shortest ?? 0, most: longest });
    return "";
  }
}
