// Beside the messages: the channels with what is new in them, the people to speak as, and light or dark.

import { byId, el, icon } from "./dom.js";
import { isRestricted } from "./gate.js";
import { menu } from "./menus.js";
import { locale, plural, t } from "./words.js";

/** Draws the channels and the people. `go({channel})` and `go({person})` lead there. */
export function showSidebar(state, go) {
  byId("guild-name").textContent = state.world.guilds[0]?.name ?? "Studio";
  const tops = state.world.channels.filter((each) => !each.parent_id);
  const entries = tops.flatMap((top) => [top, ...state.world.channels.filter((each) => each.parent_id === top.id)]);
  byId("channels").replaceChildren(...entries.map((each) => channelEntry(each, state, go)));
  const focused = document.activeElement?.name === "person";
  byId("people").replaceChildren(...state.world.people.map((each) => personEntry(each, state, go)));
  if (focused) byId("people").querySelector(":checked")?.focus();
}

function channelEntry(channel, state, go) {
  const isHere = channel.id === state.channel;
  const news = state.news.get(channel.id);
  const button = el(
    "button",
    {
      type: "button",
      "aria-current": isHere ? "page" : undefined,
      class: news ? "unread" : "",
      onclick: () => go({ channel: channel.id }),
    },
    icon(channel.parent_id ? "thread" : "hash"),
    el("span", { class: "channel-name" }, channel.name),
    isRestricted(channel, state.world) && !channel.parent_id
      ? el("span", { class: "adults", "aria-label": t("Age-restricted") }, "18+")
      : null,
    news ? el("span", { class: "unseen" }, t("unread")) : null,
    news?.mentions > 0
      ? el(
          "span",
          { class: "mentions", "aria-label": plural("{count} mention", "{count} mentions", news.mentions) },
          String(news.mentions),
        )
      : null,
  );
  return el("li", { class: channel.parent_id ? "thread" : "" }, button);
}

function personEntry(person, state, go) {
  const input = el("input", {
    type: "radio",
    name: "person",
    value: person.slug,
    checked: person.slug === state.person,
  });
  input.addEventListener("change", () => go({ person: person.slug }));
  const language = new Intl.DisplayNames(locale(), { type: "language", languageDisplay: "standard" }).of(
    person.locale.split("-")[0],
  );
  return el(
    "label",
    {},
    input,
    el(
      "span",
      { class: `avatar small hue-${Number(BigInt(person.id) % 6n)}`, "aria-hidden": "true" },
      [...person.name][0].toUpperCase(),
    ),
    el(
      "span",
      { class: "person-words" },
      el("span", { class: "person-name" }, person.name),
      el("small", {}, [...person.roles, language].join(" · ")),
    ),
  );
}

const THEMES = [
  ["", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

/** Light, dark, or as the system has it; kept for the next visit. */
export function showTheme() {
  const kept = localStorage.getItem("theme") ?? "";
  document.documentElement.dataset.theme = kept;
  const options = THEMES.map(([value, name]) => ({ value, label: t(name), default: value === kept }));
  const take = ([value]) => {
    localStorage.setItem("theme", value);
    document.documentElement.dataset.theme = value;
  };
  byId("theme").replaceChildren(menu({ label: t("Appearance"), options, onChoice: take }));
}

/** On narrow screens the sidebar is a drawer. */
export function drawer() {
  const button = byId("drawer");
  button.append(icon("menu"));
  const set = (isOpen) => {
    document.body.classList.toggle("drawer-open", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
    byId("veil").hidden = !isOpen;
    if (isOpen) byId("channels").querySelector("button")?.focus();
  };
  button.addEventListener("click", () => set(button.ariaExpanded !== "true"));
  byId("veil").addEventListener("click", () => set(false));
  byId("sidebar").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || button.ariaExpanded !== "true") return;
    set(false);
    button.focus();
  });
  return { close: () => set(false) };
}
