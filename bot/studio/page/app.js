// The page: who you are, where you are, and what stands there now.

import { ask, heardAnswer, trying } from "./asking.js";
import { localized, MESSAGE } from "./commands.js";
import { composer } from "./composer.js";
import { announce, byId, icon } from "./dom.js";
import { isClosed, showGate } from "./gate.js";
import { showHint } from "./hint.js";
import { keepFocus, walkMessages } from "./keys.js";
import { CONTEXT_MENU, MessageView, nameOf } from "./messages.js";
import { openModal } from "./modals.js";
import { get, listen, post } from "./net.js";
import { mayIn } from "./permissions.js";
import { drawer, showSidebar, showTheme } from "./sidebar.js";
import { Timeline } from "./timeline.js";
import { toolbar } from "./tools.js";
import { speak, t } from "./words.js";

const PAGE = 100; // messages fetched at once
const TYPING_MS = 8000;
const QUIET_MS = 1000; // after which a message that kept changing is read out
const state = {
  person: null,
  channel: null,
  view: null,
  world: null,
  commands: [],
  names: new Map(),
  news: new Map(),
  hangUp: null,
  hearing: new Set(),
};
const scroller = byId("scroller");
const views = new Map();
const dismissed = new Set(JSON.parse(sessionStorage.getItem("dismissed") ?? "[]"));
const side = drawer();

const me = () => state.world.people.find((each) => each.slug === state.person);
const place = () => state.world.channels.find((each) => each.id === state.channel);
const here = () => ({ person: state.person, channel: state.channel });
const viewKey = () => `${state.person}/${state.channel}`;

// What messages and forms need to know

const shared = () => ({
  names: state.names,
  people: state.world.people,
  roles: state.world.roles,
  channels: state.world.channels,
  limitBytes: state.world.attachment_limit_bytes,
  move: (channel) => go({ channel }),
  jump,
});

function contextOf(message) {
  const target = { ...here(), message: message.id };
  return {
    ...shared(),
    me: me().id,
    may: mayIn(place()),
    messageCommands: () => state.commands.filter((each) => each.type === MESSAGE),
    commandName,
    press: (custom_id, control) => ask(() => post("press", { ...target, custom_id }), control),
    select: (custom_id, values, control) => ask(() => post("select", { ...target, custom_id, values }), control),
    messageCommand: (name) => ask(() => post("message-command", { ...target, name })),
    react: (emoji, is_on) => trying(() => post("react", { ...target, emoji, is_on })),
    remove: () => trying(() => post("delete", target)),
    dismiss: () => dismiss(message.id),
  };
}

/** A command's name as this person reads it. */
function commandName(name, messageType) {
  const own =
    messageType === CONTEXT_MENU && state.commands.find((each) => each.type === MESSAGE && each.name === name);
  return own ? localized(own, "name", me().locale) : (bar.find(name)?.shown ?? name);
}

const timeline = new Timeline({ scroller, log: byId("log"), draw: drawn, older, onChange: settled });
toolbar(byId("log"), (id) => views.get(id));

function drawn(message) {
  const view = new MessageView(message, contextOf(message));
  views.set(message.id, view);
  return view;
}

async function fetched(before) {
  const messages = await get("messages", { ...here(), limit: PAGE, ...(before ? { before } : {}) });
  return { messages: messages.filter((each) => !dismissed.has(each.id)), hasOlder: messages.length === PAGE };
}

function older(before) {
  return fetched(before).catch(() => ({ messages: [], hasOlder: false }));
}

function settled() {
  byId("empty").hidden = !timeline.isEmpty;
  byId("newest").hidden = timeline.isFollowing;
  byId("newest").classList.toggle("has-news", timeline.hasNews);
}

/** Where the same person looks at the same channel again, what stands there stays, and the keyboard's place in it. */
async function loadMessages() {
  const key = viewKey();
  const isSame = key === state.view;
  if (!isSame) views.clear();
  if (isClosed(place(), state)) {
    state.view = null;
    return timeline.begin([], { hasOlder: false });
  }
  // What is heard of a message in the meantime is newer than what the answer says of it.
  const heard = new Map();
  state.hearing.add(heard);
  if (!isSame) scroller.setAttribute("aria-busy", "true");
  try {
    const page = await fetched();
    if (key !== viewKey()) return;
    if (isSame) timeline.renew(page.messages, { hasOlder: page.hasOlder, heard: new Set(heard.keys()) });
    else {
      state.view = key;
      timeline.begin(
        page.messages.filter((each) => heard.get(each.id) !== null),
        { hasOlder: page.hasOlder },
      );
      for (const message of heard.values()) if (message) timeline.put(message);
    }
  } finally {
    state.hearing.delete(heard);
    scroller.removeAttribute("aria-busy");
  }
}

function dismiss(id) {
  dismissed.add(id);
  sessionStorage.setItem("dismissed", JSON.stringify([...dismissed]));
  timeline.drop([id]);
  bar.focus();
}

async function jump(channel, id) {
  if (channel !== state.channel) await go({ channel });
  if (!(await timeline.reveal(id))) return announce(t("The message was deleted"));
  const { node } = views.get(id);
  node.focus({ preventScroll: true });
  node.classList.add("found");
  node.addEventListener("animationend", () => node.classList.remove("found"), { once: true });
}

// Asking the bot

const bar = composer({
  context: shared,
  say: async (text, files) => toEndIf((await trying(() => post("say", { ...here(), text }, { files }))) !== null),
  command: async (leaf, options, files) =>
    toEndIf(await ask(() => post("command", { ...here(), name: leaf.name, options }, files))),
  autocomplete: async (leaf, option, partial, { options, files }) => {
    const filled = { options, files: Object.keys(files) };
    const answer = await trying(() => post("autocomplete", { ...here(), name: leaf.name, option, partial, ...filled }));
    return answer?.choices ?? null;
  },
  toNewest: () => timeline.newest?.focus(),
});

/** Who has said something wants to see what becomes of it. */
function toEndIf(isSaid) {
  if (isSaid) timeline.toEnd();
  return isSaid;
}

function answered(interaction) {
  if (!heardAnswer(interaction) || !interaction.modal) return;
  const submit = (fields, files) =>
    ask(() => post("submit", { ...here(), interaction: interaction.id, fields }, files));
  openModal(byId("modal"), interaction.modal, { submit, context: shared() });
}

// Who and where

async function loadWorld() {
  state.world = await get("world", { person: state.person });
  const { people, roles, channels, bot } = state.world;
  state.names = new Map([...people, ...roles, ...channels].map((each) => [each.id, each.name]));
  state.names.set(bot.id, nameOf(bot));
  if (!channels.some((each) => each.id === state.channel)) state.channel = channels[0]?.id ?? null;
  speak(me().locale);
  showTheme();
  showSidebar(state, go);
  const channel = place();
  showGate(channel, state, { enter: () => trying(loadMessages), leave: () => go({ channel: channels[0].id }) });
  byId("channel-name").replaceChildren(...(channel ? [icon(channel.parent_id ? "thread" : "hash"), channel.name] : []));
  byId("channel-topic").textContent = channel?.topic ?? "";
  byId("empty-title").textContent = t("Welcome to #{channel}!", { channel: channel?.name });
  document.title = channel ? `#${channel.name} · Studio` : "Studio";
  const may = mayIn(channel);
  byId("composer-input").disabled = !may.say;
  byId("attach").disabled = !may.attach;
  bar.name(may.say ? t("Message #{channel}", { channel: channel?.name }) : t("You may not write here."));
}

async function loadCommands() {
  state.commands = await get("commands", here());
  bar.offer(state.commands, me().locale, nameOf(state.world.bot));
  showHint({
    find: bar.find,
    call: (leaf, options) => ask(() => post("command", { ...here(), name: leaf.name, options })),
  });
}

const loadAll = () =>
  trying(async () => {
    await loadWorld();
    await Promise.all([loadCommands(), loadMessages()]);
  });

/** Goes to a channel, or becomes another person. */
async function go({ person = state.person, channel = state.channel }) {
  const isOther = person !== state.person;
  Object.assign(state, { person, channel });
  state.news.delete(channel);
  byId("typing").replaceChildren();
  side.close();
  history.replaceState(null, "", `#${state.person}/${state.channel ?? ""}`);
  if (!isOther) return loadAll();
  bar.leave();
  state.news.clear();
  state.hangUp?.();
  state.hangUp = listen(person, { onEvent: hear, onState: connected });
}

// Events

async function connected(isOpen) {
  if (isOpen) await loadAll();
  byId("connection").textContent = isOpen ? t("Connected") : t("Disconnected, trying again…");
  byId("connection").parentElement.classList.toggle("is-away", !isOpen);
}

function hear(event) {
  for (const heard of state.hearing)
    for (const id of event.ids ?? [event.message?.id].filter(Boolean))
      heard.set(id, event.message?.channel_id === state.channel ? event.message : null);
  switch (event.event) {
    case "message":
      return event.message.channel_id === state.channel ? put(event.message) : elsewhere(event.message);
    case "deleted":
      return event.channel_id === state.channel && timeline.drop(event.ids);
    case "answered":
      return answered(event.interaction);
    case "typing":
      return event.channel_id === state.channel && typing(event.name);
    case "commands":
      return state.world && trying(loadCommands);
    default:
      return state.world && trying(loadWorld);
  }
}

function put(message) {
  if (state.view !== viewKey() || dismissed.has(message.id)) return; // else it comes with those that are being fetched
  timeline.put(message);
  readOut(message);
}

/** Reads a message out once it has come to rest. */
function readOut(message) {
  if (message.author.id === me().id || message.is_thinking) return;
  clearTimeout(state.reading);
  state.reading = setTimeout(() => {
    const text = views.get(message.id)?.slots.get("text").textContent ?? "";
    announce(`${nameOf(message.author)}: ${text}`);
  }, QUIET_MS);
}

function elsewhere(message) {
  if (!state.world || message.author.id === me().id || message.edited_timestamp) return;
  const news = state.news.get(message.channel_id) ?? { mentions: 0, ids: new Set() };
  if (!news.ids.has(message.id) && message.mentions.some((each) => each.id === me().id)) news.mentions += 1;
  news.ids.add(message.id);
  state.news.set(message.channel_id, news);
  showSidebar(state, go);
}

function typing(name) {
  byId("typing").textContent = t("{name} is typing…", { name });
  clearTimeout(state.typingEnds);
  state.typingEnds = setTimeout(() => byId("typing").replaceChildren(), TYPING_MS);
}

walkMessages(byId("log"), { below: byId("composer-input"), leave: () => bar.focus() });
keepFocus([byId("modal"), byId("lightbox")], () => bar.focus());
byId("newest").addEventListener("click", () => timeline.toEnd());
byId("attach").append(icon("plus"));
byId("send").append(icon("send"));
const [person, channel] = location.hash.slice(1).split("/");
const FIRST_PERSON = "ada";
const known = await get("world", { person: person || FIRST_PERSON }).then(
  () => person || FIRST_PERSON,
  () => FIRST_PERSON,
);
go({ person: known, channel: channel || null });
