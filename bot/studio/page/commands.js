// Commands as the bot registered them, and as this person reads them.

export const KINDS = {
  STRING: 3,
  INTEGER: 4,
  BOOLEAN: 5,
  PERSON: 6,
  CHANNEL: 7,
  ROLE: 8,
  MENTIONABLE: 9,
  NUMBER: 10,
  FILE: 11,
};
export const [SLASH, MESSAGE] = [1, 3];
const GROUP = 2; // and what is below it: a subcommand

export const localized = (part, field, locale) => part[`${field}_localizations`]?.[locale] ?? part[field];

/** Every callable command of a tree: its full name, its form, and the names and words that this person reads. */
export function leaves(command, locale, before = []) {
  const named = [...before, command];
  const inner = (command.options ?? []).filter((each) => each.type <= GROUP);
  if (inner.length > 0) return inner.flatMap((each) => leaves(each, locale, named));
  return [
    {
      name: named.map((each) => each.name).join(" "),
      shown: named.map((each) => localized(each, "name", locale)).join(" "),
      description: localized(command, "description", locale),
      options: (command.options ?? []).map((option) => readable(option, locale)),
    },
  ];
}

const readable = (option, locale) => ({
  ...option,
  shown: localized(option, "name", locale),
  about: localized(option, "description", locale),
  choices: (option.choices ?? []).map((each) => ({ name: localized(each, "name", locale), value: each.value })),
});
