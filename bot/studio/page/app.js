// The page: who you are, where you are, and what stands there now.

import { composer } from "./composer.js";
import { byId, el } from "./dom.js";
import { openModal } from "./forms.js";
import { messageNode } from "./messages.js";
import { get, listen, post, Refused } from "./net.js";

const FIRST_ANSWER_MS = 3000;
const state = { person: null, channel: null, world: null, commands: [], messages: new Map(), names: new Map(), hangUp: null, waiting: new Map(), answered: new Set() };
const scroller = byId("scroller");
let isFollowing = true; // whether the newest message is to stay in view
const log = byId("log");

const me = () => state.world.people.find((each) => each.slug === state.person);
const here = () => ({ person: state.person, channel: state.channel });

/** Does what was asked, and shows why where it is refused. */
async function trying(act) {
  try {
    byId("notice").hidden = true;
    return await act();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
    notice(error.message);
    return null;
  }
}

function notice(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = false;
}

// Messages

function isAtEnd() {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
}

function toEnd() {
  isFollowing = true;
  scroller.scrollTop = scroller.scrollHeight;
  byId("newest").hidden = true;
}

function contextOf(message) {
  const target = { ...here(), message: message.id };
  return {
    names: state.names,
    people: state.world.people,
    channels: state.world.channels,
    me: me().id,
    isModerator: state.person === "mira",
    messageCommands: state.commands.filter((each) => each.type === 3),
    press: (custom_id) => ask(() => post("press", { ...target, custom_id })),
    select: (custom_id, values) => ask(() => post("select", { ...target, custom_id, values })),
    messageCommand: (name) => ask(() => post("message-command", { ...target, name })),
    react: (emoji, is_on) => trying(() => post("react", { ...target, emoji, is_on })),
    remove: () => trying(() => post("delete", target)),
  };
}

function put(message) {
  if (message.channel_id !== state.channel) return;
  const before = state.messages.get(message.id);
  const node = messageNode(message, contextOf(message));
  state.messages.set(message.id, node);
  if (before) swap(before, node);
  else log.append(node);
  byId("empty").hidden = true;
  if (isFollowing) toEnd();
  else if (!before) byId("newest").hidden = false;
}

/** Puts the new node in place of the old one; the keyboard's place within it is kept. */
function swap(before, node) {
  const focusable = "button, a, select, summary";
  const place = [...before.querySelectorAll(focusable)].indexOf(document.activeElement);
  before.replaceWith(node);
  if (place >= 0) node.querySelectorAll(focusable)[place]?.focus();
}

function drop(ids) {
  for (const id of ids) {
    state.messages.get(id)?.remove();
    state.messages.delete(id);
  }
  byId("empty").hidden = state.messages.size > 0;
}

async function loadMessages() {
  const messages = await get("messages", here());
  log.setAttribute("aria-busy", "true");
  log.replaceChildren();
  state.messages.clear();
  byId("empty").hidden = messages.length > 0;
  messages.forEach(put);
  log.removeAttribute("aria-busy");
  toEnd();
}

// Asking the bot

async function ask(send) {
  const asked = await trying(send);
  if (asked === null) return false;
  if (!asked.is_acknowledged && !state.answered.has(asked.id)) {
    const timer = setTimeout(() => notice("The application did not respond"), FIRST_ANSWER_MS);
    state.waiting.set(asked.id, timer);
  }
  return true;
}

// The event may come before the request that asked for it has returned.
function answered(interaction) {
  state.answered.add(interaction.id);
  clearTimeout(state.waiting.get(interaction.id));
  state.waiting.delete(interaction.id);
  if (interaction.modal) {
    const submit = (fields) => ask(() => post("submit", { ...here(), interaction: interaction.id, fields }));
    openModal(byId("modal"), interaction.modal, { submit, names: state.names });
  }
}

const bar = composer({
  context: () => ({ people: state.world.people, channels: state.world.channels, locale: me().locale }),
  say: async (text) => (await trying(() => post("say", { ...here(), text }))) !== null,
  command: (leaf, options, files) => ask(() => post("command", { ...here(), name: leaf.name, options }, files)),
  autocomplete: async (leaf, option, partial, options) => {
    const answer = await trying(() => post("autocomplete", { ...here(), name: leaf.name, option, partial, options }));
    return answer?.choices ?? [];
  },
});

// Who and where

async function loadWorld() {
  state.world = await get("world", { person: state.person });
  state.names = new Map([
    ...state.world.people.map((each) => [each.id, each.name]),
    ...state.world.channels.map((each) => [each.id, each.name]),
    [state.world.bot.id, state.world.bot.global_name],
  ]);
  if (!state.world.channels.some((each) => each.id === state.channel)) state.channel = state.world.channels[0]?.id ?? null;
  byId("guild-name").textContent = state.world.guilds[0]?.name ?? "Studio";
  byId("channels").replaceChildren(...state.world.channels.map(channelEntry));
  byId("people").replaceChildren(el("legend", {}, "Speak as"), ...state.world.people.map(personEntry));
  const channel = state.world.channels.find((each) => each.id === state.channel);
  byId("channel-name").textContent = channel ? `# ${channel.name}` : "";
  byId("channel-topic").textContent = channel?.topic ?? "";
  document.title = channel ? `#${channel.name} · Studio` : "Studio";
}

function channelEntry(channel) {
  const isHere = channel.id === state.channel;
  const go = () => move({ channel: channel.id });
  const button = el("button", { type: "button", "aria-current": isHere ? "page" : undefined, onclick: go }, `# ${channel.name}`);
  return el("li", { class: channel.parent_id ? "thread" : "" }, button);
}

function personEntry(person) {
  const input = el("input", { type: "radio", name: "person", value: person.slug, checked: person.slug === state.person });
  input.addEventListener("change", () => move({ person: person.slug }));
  const about = person.slug === "mira" ? `admin · ${person.locale}` : person.locale;
  return el("label", {}, input, el("span", { class: "person-name" }, person.name), el("small", {}, about));
}

async function loadCommands() {
  state.commands = await get("commands", here());
  bar.offer(state.commands, me().locale);
}

async function move({ person = state.person, channel = state.channel }) {
  const isOther = person !== state.person;
  Object.assign(state, { person, channel });
  await loadWorld();
  await loadCommands();
  if (isOther) {
    state.hangUp?.();
    state.hangUp = listen(person, { onEvent: hear, onState: connected });
    bar.leave();
  }
  history.replaceState(null, "", `#${state.person}/${state.channel}`);
  await loadMessages();
}

// Events

async function connected(isOpen) {
  byId("connection").textContent = isOpen ? "Connected" : "Disconnected, trying again…";
  if (isOpen) await trying(async () => {
    await loadWorld();
    await loadCommands();
    await loadMessages();
  });
}

async function hear(event) {
  switch (event.event) {
    case "message":
      return put(event.message);
    case "deleted":
      return event.channel_id === state.channel && drop(event.ids);
    case "answered":
      return answered(event.interaction);
    case "typing":
      return event.channel_id === state.channel && typing(event.name);
    case "commands":
      return trying(loadCommands);
    default:
      return trying(loadWorld);
  }
}

function typing(name) {
  byId("typing").textContent = `${name} is typing…`;
  clearTimeout(state.typingEnds);
  state.typingEnds = setTimeout(() => byId("typing").replaceChildren(), 8000);
}

byId("newest").addEventListener("click", toEnd);
scroller.addEventListener("scroll", () => {
  isFollowing = isAtEnd();
  if (isFollowing) byId("newest").hidden = true;
});
// Pictures that load and fields that open move the end away.
const resized = new ResizeObserver(() => isFollowing && toEnd());
resized.observe(scroller);
resized.observe(log);

const [person, channel] = location.hash.slice(1).split("/");
move({ person: person || "ada", channel: channel || null }).catch(() => move({ person: "ada", channel: null }));
