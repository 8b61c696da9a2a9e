// The page: who you are, where you are, and what stands there now.

import { composer } from "./composer.js";
import { byId, el } from "./dom.js";
import { openModal } from "./forms.js";
import { isClosed, showGate } from "./gate.js";
import { messageNode } from "./messages.js";
import { get, listen, post, Refused } from "./net.js";
import { Timeline } from "./timeline.js";

const FIRST_ANSWER_MS = 3000;
const state = { person: null, channel: null, view: null, world: null, commands: [], names: new Map(), hangUp: null, hearing: new Set(), waiting: new Map(), answered: new Set() };
const scroller = byId("scroller");
let isFollowing = true; // whether the newest message is to stay in view
const log = byId("log");
const timeline = new Timeline(log, { onChange: settle });

const limitBytes = () => state.world.attachment_limit_bytes;
const me = () => state.world.people.find((each) => each.slug === state.person);
const place = () => state.world.channels.find((each) => each.id === state.channel);
const here = () => ({ person: state.person, channel: state.channel });

/** Does what was asked, and shows why where it is refused. */
async function trying(act) {
  try {
    for (const each of notices()) each.hidden = true;
    return await act();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
    notice(error.message);
    return null;
  }
}

const notices = () => [byId("modal-notice"), byId("notice")].filter(Boolean);

/** In the open modal, else above the message field. */
function notice(text) {
  const shown = byId("modal").open ? byId("modal-notice") : byId("notice");
  shown.textContent = text;
  shown.hidden = false;
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
  if (message.channel_id !== state.channel || isClosed(place(), state)) return;
  timeline.put(message.id, messageNode(message, contextOf(message)));
}

function settle(isNew) {
  byId("empty").hidden = !timeline.isEmpty;
  if (isFollowing) toEnd();
  else if (isNew) byId("newest").hidden = false;
}

/** Where the same person looks at the same channel again, what stands there stays, and the keyboard's place in it. */
async function loadMessages() {
  const view = `${state.person}/${state.channel}`;
  if (view !== state.view) timeline.clear();
  state.view = view;
  const isShown = !isClosed(place(), state);
  // What is heard of a message in the meantime is newer than what the answer says of it.
  const heard = new Set();
  state.hearing.add(heard);
  const messages = isShown ? await get("messages", here()) : [];
  state.hearing.delete(heard);
  if (view !== `${state.person}/${state.channel}`) return;
  log.setAttribute("aria-busy", "true");
  timeline.keep([...messages.map((each) => each.id), ...heard]);
  messages.filter((each) => !heard.has(each.id)).forEach(put);
  log.removeAttribute("aria-busy");
  byId("empty").hidden = !isShown || messages.length > 0;
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
    const submit = (fields, files) => ask(() => post("submit", { ...here(), interaction: interaction.id, fields }, files));
    openModal(byId("modal"), interaction.modal, { submit, names: state.names, limitBytes: limitBytes() });
  }
}

const bar = composer({
  context: () => ({ people: state.world.people, channels: state.world.channels, locale: me().locale, limitBytes: limitBytes() }),
  say: async (text) => (await trying(() => post("say", { ...here(), text }))) !== null,
  command: (leaf, options, files) => ask(() => post("command", { ...here(), name: leaf.name, options }, files)),
  autocomplete: async (leaf, option, partial, { options, files }) => {
    const filled = { options, files: Object.keys(files) };
    const answer = await trying(() => post("autocomplete", { ...here(), name: leaf.name, option, partial, ...filled }));
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
  const channel = place();
  showGate(channel, state, { enter: () => trying(loadMessages), leave: () => move({ channel: state.world.channels[0].id }) });
  byId("channel-name").textContent = channel ? `# ${channel.name}` : "";
  byId("channel-topic").textContent = channel?.topic ?? "";
  document.title = channel ? `#${channel.name} · Studio` : "Studio";
}

function channelEntry(channel) {
  const isHere = channel.id === state.channel;
  const go = () => move({ channel: channel.id });
  const button = el("button", { type: "button", "aria-current": isHere ? "page" : undefined, onclick: go }, `# ${channel.name}`, channel.nsfw ? el("span", { class: "adults", title: "Age-restricted" }, "18+") : null);
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
  for (const heard of state.hearing) for (const id of event.ids ?? [event.message?.id]) heard.add(id);
  switch (event.event) {
    case "message":
      return put(event.message);
    case "deleted":
      return event.channel_id === state.channel && timeline.drop(event.ids);
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
let scrolledTo = 0;
scroller.addEventListener("scroll", () => {
  // Only who scrolls up wants to stay there: what grows below does not mean that.
  isFollowing = isAtEnd() || (isFollowing && scroller.scrollTop >= scrolledTo);
  scrolledTo = scroller.scrollTop;
  if (isFollowing) byId("newest").hidden = true;
});
// Pictures that load and fields that open move the end away.
const resized = new ResizeObserver(() => isFollowing && toEnd());
resized.observe(scroller);
resized.observe(log);

const [person, channel] = location.hash.slice(1).split("/");
move({ person: person || "ada", channel: channel || null }).catch(() => move({ person: "ada", channel: null }));
