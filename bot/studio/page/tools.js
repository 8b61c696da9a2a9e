// What can be done with a message: a bar that comes with the pointer or the keyboard, and a menu.

import { el, iconButton } from "./dom.js";
import { openMenu } from "./popups.js";
import { pickEmoji, showReacted } from "./reactions.js";
import { localized } from "./commands.js";
import { locale, t } from "./words.js";

const QUICK = ["5️⃣", "❤️", "👍"];

/** One bar for all messages, which stands at the one that is pointed at. `viewOf(id)` gives a message's view. */
export function toolbar(log, viewOf) {
  const bar = el("div", { class: "tools", role: "group" });
  const openAt = (node, options) => node && openMenu(bar, t("More"), entries(viewOf(node.dataset.id)), options);

  function stand(node) {
    const view = node && viewOf(node.dataset.id);
    if (!view || bar.parentElement === node) return;
    bar.setAttribute("aria-label", t("Actions"));
    bar.replaceChildren(...buttons(view, () => openAt(node)));
    node.append(bar);
  }

  const messageAt = (event) => event.target.closest?.(".message");
  log.addEventListener("pointerover", (event) => stand(messageAt(event)));
  log.addEventListener("focusin", (event) => stand(messageAt(event)));
  log.addEventListener("contextmenu", (event) => {
    const node = messageAt(event);
    if (!node || event.target.closest("a, img, video, audio, input") || !getSelection().isCollapsed) return;
    event.preventDefault();
    openAt(node, event.clientX > 0 ? { at: { x: event.clientX, y: event.clientY } } : {});
  });
}

function buttons({ message, context }, openMore) {
  const isReactable = context.may.react && !message.is_private && !message.is_thinking;
  const quick = isReactable ? QUICK : [];
  return [
    ...quick.map((emoji) =>
      el(
        "button",
        {
          type: "button",
          class: "emoji",
          "aria-label": t("React with {emoji}", { emoji }),
          onclick: () => context.react(emoji, !isMine(message, emoji)),
        },
        emoji,
      ),
    ),
    isReactable
      ? iconButton("smile", t("Add a reaction"), (event) =>
          pickEmoji(event.currentTarget, (emoji) => context.react(emoji, true)),
        )
      : null,
    iconButton("more", t("More"), openMore, { "aria-haspopup": "menu" }),
  ].filter(Boolean);
}

const isMine = (message, emoji) => message.reactions.some((each) => each.me && each.emoji.name === emoji);

function entries({ message, context, node }) {
  const isPublic = !message.is_private && !message.is_thinking;
  const commands = isPublic ? context.messageCommands() : [];
  const copy = () => navigator.clipboard?.writeText(message.content);
  const react = () => pickEmoji(node, (emoji) => context.react(emoji, true));
  return [
    isPublic && context.may.react ? { label: t("Add a reaction"), icon: "smile", act: react } : null,
    message.reactions.length > 0 ? { label: t("Who reacted"), act: () => showReacted(message, context) } : null,
    message.content ? { label: t("Copy the text"), act: copy } : null,
    commands.length > 0 ? { heading: t("Apps") } : null,
    ...commands.map((each) => ({
      label: localized(each, "name", locale()),
      icon: "apps",
      act: () => context.messageCommand(each.name),
    })),
    message.is_private ? { label: t("Dismiss message"), icon: "close", act: () => context.dismiss() } : null,
    isPublic && (message.author.id === context.me || context.may.manage)
      ? { label: t("Delete the message"), icon: "close", isDangerous: true, act: () => context.remove() }
      : null,
  ].filter(Boolean);
}
