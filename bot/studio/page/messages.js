// Shows messages, each as it stands now.

import { colour, components, fileLink } from "./components.js";
import { el } from "./dom.js";
import { markdown } from "./markdown.js";
import { isFilm, isPicture, local, mosaic, single } from "./pictures.js";

const RATINGS = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣"];

/** One message as a list entry. `context` carries names, people, the viewer, and what can be done with the message. */
export function messageNode(message, context) {
  const isOwn = message.author.id === context.me;
  return el(
    "li",
    { class: `message${message.is_private ? " private" : ""}${message.author.bot ? " by-app" : ""}`, id: `message-${message.id}`, "data-id": message.id, "data-author": message.author.id },
    el("span", { class: `avatar hue-${Number(BigInt(message.author.id) % 6n)}`, "aria-hidden": "true" }, initial(message)),
    el(
      "div",
      { class: "body" },
      origin(message),
      head(message),
      message.is_thinking ? thinking(message) : content(message, context),
      message.is_private ? el("small", { class: "only-you" }, "Only you can see this") : null,
      message.is_private ? null : reactions(message, context),
    ),
    message.is_private || message.is_thinking ? null : tools(message, context, isOwn),
  );
}

const initial = (message) => [...(message.author.global_name ?? message.author.username)][0].toUpperCase();

function origin(message) {
  const asked = message.interaction_metadata;
  if (!asked) return null;
  const name = asked.user.global_name ?? asked.user.username;
  return el("p", { class: "origin" }, asked.name ? `${name} used /${asked.name}` : `${name} asked`);
}

function head(message) {
  const at = new Date(message.timestamp);
  return el(
    "p",
    { class: "head" },
    el("strong", {}, message.author.global_name ?? message.author.username),
    message.author.bot ? el("span", { class: "badge" }, "App") : null,
    el("time", { datetime: message.timestamp }, at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
    message.edited_timestamp ? el("span", { class: "edited" }, "(edited)") : null,
  );
}

function thinking(message) {
  return el("p", { class: "thinking" }, `${message.author.global_name} is thinking`, el("span", { class: "dots", "aria-hidden": "true" }));
}

function content(message, context) {
  return el(
    "div",
    { class: "content" },
    el("div", { class: "text" }, markdown(message.content, context.names)),
    ...message.embeds.map((each) => embed(each, context)),
    ...(message.flags & (1 << 15) ? [] : attachments(message.attachments)),
    ...components(message.components, context),
  );
}

function embed(shown, context) {
  const node = el(
    "div",
    { class: "embed" },
    shown.author ? el("p", { class: "embed-author" }, shown.author.name) : null,
    shown.title ? el("h4", {}, shown.title) : null,
    shown.description ? el("div", { class: "text" }, markdown(shown.description, context.names)) : null,
    shown.fields?.length ? el("dl", {}, ...shown.fields.map((field) => embedField(field, context))) : null,
    shown.image ? single(shown.image, shown.image.description) : null,
    shown.footer ? el("small", {}, shown.footer.text) : null,
  );
  if (shown.color) node.style.borderInlineStartColor = colour(shown.color);
  return node;
}

const embedField = (field, context) =>
  el("div", {}, el("dt", {}, field.name), el("dd", {}, markdown(field.value, context.names)));

const SPOILER = 1 << 3;

function attachments(files) {
  const isSeen = (file) => isPicture(file) || isFilm(file);
  const seen = files.filter(isSeen).map((file) => ({ file, description: file.description, isSpoiler: Boolean(file.flags & SPOILER) }));
  return [seen.length > 0 ? mosaic(seen) : null, ...files.filter((file) => !isSeen(file)).map(otherFile)];
}

function otherFile(file) {
  if (!file.content_type.startsWith("audio/")) return fileLink(file);
  return el("audio", { src: local(file.url), controls: true, class: "picture", "aria-label": file.description ?? file.filename });
}

function reactions(message, context) {
  if (message.reactions.length === 0) return null;
  return el("ul", { class: "reactions", "aria-label": "Reactions" }, ...message.reactions.map((each) => reaction(each, context)));
}

function reaction(each, context) {
  const label = `${each.emoji.name} ${each.count}${each.me ? ", yours too" : ""}`;
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", "aria-pressed": each.me ? "true" : "false", "aria-label": label, onclick: () => context.react(each.emoji.name, !each.me) },
      el("span", { class: "emoji" }, each.emoji.name),
      ` ${each.count}`,
    ),
  );
}

function tools(message, context, isOwn) {
  return el(
    "div",
    { class: "tools", role: "group", "aria-label": "Rate and more" },
    ...RATINGS.map((emoji, index) => {
      const isMine = message.reactions.some((each) => each.me && each.emoji.name === emoji);
      const label = `Rate ${index + 1} of 5`;
      return el("button", { type: "button", "aria-label": label, title: label, "aria-pressed": isMine ? "true" : "false", onclick: () => context.react(emoji, !isMine) }, emoji);
    }),
    ...context.messageCommands.map((each) =>
      el("button", { type: "button", class: "wordy", onclick: () => context.messageCommand(each.name) }, each.name),
    ),
    isOwn || context.isModerator ? el("button", { type: "button", class: "wordy", onclick: () => context.remove() }, "Delete") : null,
  );
}
