// One message in the log. It is drawn in parts, and of an edited one only the parts that changed are drawn anew:
// what plays goes on playing, and what has the keyboard keeps it.

import { components } from "./components.js";
import { el, icon, unknown } from "./dom.js";
import { embed } from "./embeds.js";
import { fileCards } from "./files.js";
import { markdown } from "./markdown.js";
import { mosaicOf } from "./pictures.js";
import { audios } from "./players.js";
import { reactions } from "./reactions.js";
import { clock, day, dayAndTime, plural, t } from "./words.js";

const PATIENCE_MS = 1500;
const ONE_BREATH_MS = 7 * 60 * 1000; // what somebody writes within it stands under one name
export const CONTEXT_MENU = 23;
const [DEFAULT, PINNED, THREAD_CREATED, REPLY, COMMAND, THREAD_STARTER] = [0, 6, 18, 19, 20, 21];
const KNOWN_TYPES = new Set([DEFAULT, PINNED, THREAD_CREATED, REPLY, COMMAND, THREAD_STARTER, CONTEXT_MENU]);
const COMPONENTS_V2 = 1 << 15;

export const nameOf = (user) => user.global_name ?? user.username;

// In the order in which they stand: a part's name, what it depends on, and how it is drawn (to null where there is none).
const PARTS = [
  ["origin", (m) => [m.interaction_metadata, m.message_reference, nameless(m.referenced_message)], origin],
  ["head", (m) => [m.author, m.timestamp], head],
  ["text", (m) => [m.is_thinking, m.content, Boolean(m.edited_timestamp), m.type, m.flags], text],
  ["embeds", (m) => m.embeds, (m, context) => m.embeds.map((each) => embed(each, context))],
  ["attachments", (m) => [m.attachments, m.flags & COMPONENTS_V2], attachments],
  ["components", (m) => m.components, (m, context) => components(m.components, context)],
  ["thread", (m) => [m.thread?.name, m.thread?.message_count], thread],
  ["private", (m) => m.is_private, onlyYou],
  ["reactions", (m) => [m.reactions, m.reacted], reactions],
];

const nameless = (message) => message && [message.id, message.content, message.author.id, message.attachments.length];

// Addresses are signed anew each time; what they point at is told by their path.
const written = (value) =>
  JSON.stringify(value, (name, part) => (name.endsWith("url") && part ? part.split("?")[0] : part)) ?? "";

export class MessageView {
  /** `context` carries names, people, the viewer, and what can be done with the message. */
  constructor(message, context) {
    this.message = message;
    this.context = context;
    this.slots = new Map(PARTS.map(([name]) => [name, el("div", { class: "part" })]));
    this.drawn = new Map();
    this.divider = el("div", { class: "day", hidden: true }, el("span", {}));
    this.avatar = el(
      "span",
      { class: `avatar hue-${Number(BigInt(message.author.id) % 6n)}`, "aria-hidden": "true" },
      initial(message),
    );
    const attributes = {
      id: `message-${message.id}`,
      "data-id": message.id,
      "data-author": message.author.id,
      tabindex: "-1",
    };
    this.node = el(
      "li",
      { class: "message", ...attributes },
      this.divider,
      this.avatar,
      el("div", { class: "body" }, ...this.slots.values()),
    );
    if (!KNOWN_TYPES.has(message.type)) this.slots.get("origin").before(unknown("message", message.type));
    this.#mark();
    this.#put(this.#changed(message));
  }

  /** Shows a newer state, once its pictures can be shown, so that none flickers; of several the latest. */
  async update(message) {
    this.message = message;
    if (this.isWaiting) return;
    this.isWaiting = true;
    let next;
    do {
      next = this.message;
      const changed = this.#changed(next);
      const pictures = changed.flatMap(([, , nodes]) =>
        nodes.flatMap((node) => [...(node.querySelectorAll?.("img") ?? [])]),
      );
      if (pictures.length > 0) await decoded(pictures);
      this.#put(changed);
    } while (next !== this.message);
    this.isWaiting = false;
    this.#mark();
  }

  /** Fits the message to the one above it: a new day gets a line, and who goes on speaking needs no name again. */
  follow(previous) {
    const at = new Date(this.message.timestamp);
    const isNewDay = !previous || new Date(previous.timestamp).toDateString() !== at.toDateString();
    this.divider.hidden = !isNewDay;
    if (isNewDay) this.divider.firstChild.textContent = day(at);
    const isOneBreath =
      !isNewDay && previous.author.id === this.message.author.id && at - new Date(previous.timestamp) < ONE_BREATH_MS;
    const isPlain = this.message.type === DEFAULT && !this.message.is_private && !previous?.is_private;
    this.node.classList.toggle("goes-on", isOneBreath && isPlain);
  }

  #mark() {
    const { message, context } = this;
    this.node.classList.toggle("private", message.is_private);
    this.node.classList.toggle("by-app", Boolean(message.author.bot));
    this.node.classList.toggle(
      "mentions-me",
      message.mentions.some((each) => each.id === context.me),
    );
    this.node.setAttribute("aria-busy", String(Boolean(message.is_thinking)));
  }

  /** The parts that look otherwise than they stand: name, what they depend on, and the nodes to be. */
  #changed(message) {
    const changed = [];
    for (const [name, facts, draw] of PARTS) {
      const now = written(facts(message));
      if (this.drawn.get(name) === now) continue;
      const nodes = [draw(message, this.context)].flat().filter((node) => node !== null && node !== undefined);
      changed.push([name, now, nodes]);
    }
    return changed;
  }

  #put(changed) {
    for (const [name, now, nodes] of changed) {
      const slot = this.slots.get(name);
      const focusable = "button, a, summary, [role=button]";
      const place = [...slot.querySelectorAll(focusable)].indexOf(document.activeElement);
      slot.replaceChildren(...nodes);
      this.drawn.set(name, now);
      if (place >= 0) (slot.querySelectorAll(focusable)[place] ?? this.node).focus();
    }
  }
}

/** When all pictures are decoded, or have failed, or take too long. */
async function decoded(pictures) {
  for (const each of pictures) each.loading = "eager";
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([Promise.allSettled(pictures.map((each) => each.decode())), late]);
}

const initial = (message) => [...nameOf(message.author)][0].toUpperCase();

// The parts

function origin(message, context) {
  if (message.type === REPLY || message.type === THREAD_STARTER) {
    if (message.referenced_message) return quoted(message.referenced_message, context);
    if (message.message_reference) return el("p", { class: "origin" }, t("The message was deleted"));
  }
  const asked = message.interaction_metadata;
  if (!asked) return null;
  const facts = { name: nameOf(asked.user), command: asked.name && context.commandName(asked.name, message.type) };
  if (!asked.name) return el("p", { class: "origin" }, t("{name} asked", facts));
  return el(
    "p",
    { class: "origin" },
    t(message.type === CONTEXT_MENU ? "{name} used {command}" : "{name} used /{command}", facts),
  );
}

function quoted(message, context) {
  const said =
    message.content ||
    (message.attachments.length > 0 ? t("Click to see the attachment") : t("Click to see the message"));
  return el(
    "p",
    { class: "origin" },
    el(
      "button",
      { type: "button", class: "quoted", onclick: () => context.jump(message.channel_id, message.id) },
      el("strong", {}, `@${nameOf(message.author)}`),
      ` ${plain(said, context)}`,
    ),
  );
}

/** The first line of a text without its markup. */
function plain(text, context) {
  const fragment = markdown(text.split("\n")[0], context);
  return fragment.textContent;
}

function head(message) {
  const at = new Date(message.timestamp);
  return el(
    "p",
    { class: "head" },
    el("strong", {}, nameOf(message.author)),
    message.author.bot ? el("span", { class: "badge" }, t("App")) : null,
    el("time", { datetime: message.timestamp, title: dayAndTime(at) }, clock(at)),
  );
}

function text(message, context) {
  if (message.is_thinking) {
    return el(
      "p",
      { class: "thinking", role: "status" },
      t("{name} is thinking", { name: nameOf(message.author) }),
      el("span", { class: "dots", "aria-hidden": "true" }),
    );
  }
  if (message.type === PINNED) return el("p", { class: "system" }, t("pinned a message to this channel"));
  if (message.type === THREAD_CREATED)
    return el("p", { class: "system" }, t("started a thread: {name}", { name: message.content }));
  if (message.flags & COMPONENTS_V2) return null;
  const edited = message.edited_timestamp ? el("span", { class: "edited" }, t("(edited)")) : null;
  if (message.content === "") return null;
  const isJumbo = /^(?:[\p{Extended_Pictographic}\u{FE0F}\u{200D}\u{20E3}\p{Emoji_Modifier}\s]){1,30}$/u.test(
    message.content,
  );
  return el("div", { class: `text${isJumbo ? " jumbo" : ""}` }, markdown(message.content, context), edited);
}

function attachments(message) {
  if (message.flags & COMPONENTS_V2) return null;
  return [mosaicOf(message.attachments), ...audios(message.attachments), ...fileCards(message.attachments)];
}

function thread(message, context) {
  if (!message.thread) return null;
  const count = plural("{count} message", "{count} messages", message.thread.message_count ?? 0);
  return el(
    "button",
    { type: "button", class: "thread-card", onclick: () => context.move(message.thread.id) },
    icon("thread"),
    el("strong", {}, message.thread.name),
    el("span", {}, `${count} ›`),
  );
}

function onlyYou(message, context) {
  if (!message.is_private) return null;
  return el(
    "p",
    { class: "only-you" },
    `${t("Only you can see this")} · `,
    el("button", { type: "button", class: "as-link", onclick: () => context.dismiss() }, t("Dismiss message")),
  );
}
