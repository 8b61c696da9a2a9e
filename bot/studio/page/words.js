// The page's own sentences in the language of whoever speaks. English is the source, and what an absent one falls back to.

import { CHINESE } from "./chinese.js";

const spoken = { locale: "en-US", sentences: null };

/** Takes up a person's language, and turns what stands in the page itself. */
export function speak(locale) {
  spoken.locale = locale;
  spoken.sentences = locale.startsWith("zh") ? CHINESE : null;
  document.documentElement.lang = locale;
  for (const each of document.querySelectorAll("[data-t]")) each.textContent = t(each.dataset.t);
  for (const each of document.querySelectorAll("[data-t-label]"))
    each.setAttribute("aria-label", t(each.dataset.tLabel));
}

export const locale = () => spoken.locale;

/** A sentence; `{name}` in it is a fact. */
export function t(sentence, facts = {}) {
  if (spoken.sentences && !(sentence in spoken.sentences)) console.error(`Not translated: ${sentence}`);
  return (spoken.sentences?.[sentence] ?? sentence).replaceAll(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
}

/** One sentence for one and another for several; `{count}` in it is the number. */
export function plural(one, several, count, facts = {}) {
  const isOne = new Intl.PluralRules(spoken.locale).select(count) === "one";
  return t(isOne ? one : several, { count: new Intl.NumberFormat(spoken.locale).format(count), ...facts });
}

export const listed = (names) => new Intl.ListFormat(spoken.locale).format(names);
export const clock = (date) => new Intl.DateTimeFormat(spoken.locale, { timeStyle: "short" }).format(date);
export const day = (date) => new Intl.DateTimeFormat(spoken.locale, { dateStyle: "long" }).format(date);
export const dayAndTime = (date) =>
  new Intl.DateTimeFormat(spoken.locale, { dateStyle: "full", timeStyle: "short" }).format(date);

const UNITS = [
  ["MiB", 1024 * 1024],
  ["KiB", 1024],
  ["B", 1],
];

/** How much a file weighs, for people. */
export function weight(bytes) {
  const [unit, size] = UNITS.find(([, each]) => bytes >= each) ?? UNITS.at(-1);
  const number = new Intl.NumberFormat(spoken.locale, { maximumFractionDigits: 1 }).format(bytes / size);
  return `${number} ${unit}`;
}
