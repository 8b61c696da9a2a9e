// Reactions: how many, by whom, one's own, and the picker for another.

import { byId, el, iconButton } from "./dom.js";
import { GROUPS } from "./emoji.js";
import { beside } from "./popups.js";
import { listed, plural, t } from "./words.js";

const NAMED = 5; // people named on a reaction; of more, how many

export function reactions(message, context) {
  if (message.is_private || message.reactions.length === 0) return null;
  const add = context.may.react
    ? el(
        "li",
        {},
        iconButton("smile", t("Add a reaction"), (event) =>
          pickEmoji(event.currentTarget, (emoji) => context.react(emoji, true)),
        ),
      )
    : null;
  return el(
    "ul",
    { class: "reactions", "aria-label": t("Reactions") },
    ...message.reactions.map((each) => reaction(each, message, context)),
    add,
  );
}

function reaction(each, message, context) {
  const emoji = each.emoji.name;
  const who = whoOf(message.reacted[emoji] ?? [], context);
  const label = each.me
    ? t("{emoji} {count}, yours too: {who}", { emoji, count: each.count, who })
    : t("{emoji} {count}: {who}", { emoji, count: each.count, who });
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: "reaction",
        "aria-pressed": String(Boolean(each.me)),
        "aria-label": label,
        title: who,
        onclick: () => context.react(emoji, !each.me),
      },
      el("span", { class: "emoji" }, emoji),
      el("span", {}, String(each.count)),
    ),
  );
}

function whoOf(ids, { names }) {
  const told = ids.slice(0, NAMED).map((id) => names.get(id) ?? t("someone"));
  const rest = ids.length - told.length;
  return listed(rest > 0 ? [...told, plural("{count} more", "{count} more", rest)] : told);
}

/** Everybody who reacted, by emoji. */
export function showReacted(message, { names }) {
  const dialog = byId("modal");
  const groups = Object.entries(message.reacted).map(([emoji, ids]) =>
    el(
      "div",
      {},
      el("dt", {}, `${emoji} ${ids.length}`),
      ...ids.map((id) => el("dd", {}, names.get(id) ?? t("someone"))),
    ),
  );
  dialog.replaceChildren(
    el(
      "div",
      { class: "modal-head" },
      el("h2", { id: "modal-title" }, t("Reactions")),
      iconButton("close", t("Close"), () => dialog.close()),
    ),
    el("dl", { class: "reacted" }, ...groups),
  );
  dialog.showModal();
}

/** Opens the picker beside a button. Found by name in either language; arrows walk, Enter takes. */
export function pickEmoji(anchor, onPick) {
  const search = el("input", {
    type: "text",
    class: "emoji-search",
    placeholder: t("Find an emoji"),
    "aria-label": t("Find an emoji"),
    autocomplete: "off",
  });
  const found = el("div", { class: "emoji-groups" });
  const picker = el(
    "div",
    { class: "emoji-picker", popover: "auto", role: "dialog", "aria-label": t("Add a reaction") },
    search,
    found,
  );
  const take = (emoji) => {
    picker.hidePopover();
    onPick(emoji);
  };
  const show = () =>
    found.replaceChildren(
      ...GROUPS.map((group) => emojiGroup(group, search.value.trim().toLowerCase(), take)).filter(Boolean),
    );
  search.addEventListener("input", show);
  picker.addEventListener("keydown", (event) => walk(event, search, found));
  picker.addEventListener("toggle", (event) => event.newState === "closed" && picker.remove());
  show();
  document.body.append(picker);
  picker.showPopover();
  beside(picker, anchor, { isAtEnd: true });
  search.focus();
}

function emojiGroup([title, entries], wanted, take) {
  const matching = entries.filter(
    ([emoji, english, chinese]) => emoji === wanted || english.includes(wanted) || chinese.includes(wanted),
  );
  if (matching.length === 0) return null;
  const buttons = matching.map(([emoji, english, chinese]) => {
    const name = document.documentElement.lang.startsWith("zh") ? chinese : english;
    return el(
      "button",
      { type: "button", class: "emoji", "aria-label": name, title: name, onclick: () => take(emoji) },
      emoji,
    );
  });
  return el(
    "div",
    { role: "group", "aria-label": t(title) },
    el("p", { class: "menu-heading" }, t(title)),
    el("div", { class: "emoji-grid" }, ...buttons),
  );
}

const COLUMNS = 8;

function walk(event, search, found) {
  const buttons = [...found.querySelectorAll("button")];
  const place = buttons.indexOf(document.activeElement);
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };
  if (event.key === "Enter" && document.activeElement === search) buttons[0]?.click();
  else if (event.key === "ArrowDown" && place < 0) buttons[0]?.focus();
  else if (event.key in steps && place >= 0) (buttons[place + steps[event.key]] ?? search).focus();
  else return;
  event.preventDefault();
}
