// For a first visit: three things to try, with one click each. Gone for good once it is closed or all are tried.

import { byId, el, icon, iconButton } from "./dom.js";
import { t } from "./words.js";

const KEPT = "hint";
const THINGS = [
  { command: "imagine", options: { prompt: "an ambulance" }, title: "Draw a picture", emoji: "🎨" },
  {
    command: "write",
    options: { prompt: "a lighthouse keeper who paints storms" },
    title: "Write a story",
    emoji: "✍️",
  },
  { command: "help", options: {}, title: "See what else there is", emoji: "💡" },
];

/** `find(name)` gives a command that is offered here; `call(leaf, options)` calls it, and says whether that went well. */
export function showHint({ find, call }) {
  const node = byId("hint");
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
  const things = THINGS.map((each) => ({ ...each, leaf: find(each.command) })).filter((each) => each.leaf);
  const isOver = kept === "closed" || things.length === 0 || things.every((each) => kept.includes(each.command));
  node.hidden = isOver;
  if (isOver) return;
  const keep = (value) => {
    localStorage.setItem(KEPT, JSON.stringify(value));
    showHint({ find, call });
  };
  const attempt = async ({ command, leaf, options }) => (await call(leaf, options)) && keep([...kept, command]);
  node.replaceChildren(
    el(
      "div",
      { class: "hint-head" },
      el("h3", { id: "hint-title" }, t("New here? Three things to try")),
      iconButton("close", t("Close"), () => keep("closed")),
    ),
    el(
      "div",
      { class: "hint-things" },
      ...things.map((each) => thing(each, kept.includes(each.command), () => attempt(each))),
    ),
  );
}

function thing({ title, leaf, options, emoji }, isDone, onclick) {
  const written = [`/${leaf.shown}`, ...Object.values(options)].join(" ");
  return el(
    "button",
    { type: "button", class: "hint-thing", onclick },
    el("span", { class: "emoji", "aria-hidden": "true" }, emoji),
    el("span", { class: "hint-words" }, el("strong", {}, t(title)), el("small", {}, written)),
    isDone ? icon("tick") : null,
    isDone ? el("span", { class: "unseen" }, t("done")) : null,
  );
}
