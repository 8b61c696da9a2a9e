// The field at the bottom: plain messages with files, the picker of commands after "/", and the form of the chosen one.

import { commandForm } from "./command-form.js";
import { leaves, SLASH } from "./commands.js";
import { byId, el } from "./dom.js";
import { chosenFile } from "./files.js";
import { Suggestions } from "./suggestions.js";
import { t } from "./words.js";

const OFTEN = 3; // commands shown first, by how often they were called
const MOST_FILES = 10;

/** `actions`: say(text, files), command(leaf, options, files), autocomplete(…), context(), toNewest(). */
export function composer(actions) {
  const input = byId("composer-input");
  const sayForm = byId("say-form");
  const tray = byId("tray");
  const chooser = byId("composer-files");
  const suggestions = new Suggestions();
  let offered = [];
  let appName = "";
  let files = [];
  let form = null;

  // The picker

  function show() {
    if (!input.value.startsWith("/")) return suggestions.close();
    const typed = input.value.slice(1).toLowerCase();
    const exact = offered.find((leaf) => typed === `${leaf.shown.toLowerCase()} ` || typed === `${leaf.name} `);
    if (exact) return choose(exact);
    const found = ranked(offered, typed.trim());
    const often = typed.trim() === "" ? mostCalled(offered) : [];
    const groups = [
      { title: t("Frequently used"), entries: often.map(entry) },
      { title: appName, entries: found.map(entry) },
    ];
    suggestions.show(input, {
      groups,
      label: t("Commands"),
      note: found.length === 0 ? t("No such command here") : "",
    });
  }

  function entry(leaf) {
    const options = leaf.options.map((option) =>
      el("span", { class: `pill-name${option.required ? " required" : ""}` }, option.shown),
    );
    return {
      pick: () => choose(leaf),
      nodes: [
        el("span", { class: "app-sign", "aria-hidden": "true" }, appName[0] ?? "?"),
        el(
          "span",
          { class: "suggestion-words" },
          el("span", { class: "suggestion-title" }, el("strong", {}, `/${leaf.shown}`), ...options),
          el("small", {}, leaf.description),
        ),
      ],
    };
  }

  function choose(leaf) {
    input.value = "";
    grow();
    suggestions.close();
    sayForm.hidden = true;
    tray.hidden = true;
    form = commandForm(byId("command-form"), leaf, { actions, suggestions, onLeave: leave });
    form.begin();
  }

  function leave({ isSent = false } = {}) {
    if (isSent) count(form.leaf);
    form = null;
    suggestions.close();
    byId("command-form").hidden = true;
    byId("command-form").replaceChildren();
    sayForm.hidden = false;
    showFiles();
    input.focus();
  }

  // Plain messages

  function showFiles() {
    const { limitBytes } = actions.context();
    tray.hidden = files.length === 0 || form !== null;
    tray.replaceChildren(
      ...files.map((file) => chosenFile(file, limitBytes, () => put(files.filter((each) => each !== file)))),
    );
  }

  function put(some) {
    files = some.slice(0, MOST_FILES);
    showFiles();
    input.focus();
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, innerHeight / 2)}px`;
  }

  async function send() {
    const text = input.value;
    if (text.trim() === "" && files.length === 0) return;
    if (!(await actions.say(text, files))) return;
    input.value = "";
    files = [];
    grow();
    showFiles();
  }

  /** Takes files that were pasted or dropped, into the form that is open or beside the message. */
  function takeFiles(given) {
    if (given.length === 0) return false;
    if (form) return form.takeFiles(given);
    put([...files, ...given]);
    return true;
  }

  byId("composer").addEventListener(
    "paste",
    (event) => takeFiles([...event.clipboardData.files]) && event.preventDefault(),
  );
  const main = document.querySelector("main");
  main.addEventListener("dragover", (event) => event.preventDefault());
  main.addEventListener("drop", (event) => {
    event.preventDefault();
    takeFiles([...event.dataTransfer.files]);
  });
  chooser.addEventListener("change", () => {
    put([...files, ...chooser.files]);
    chooser.value = "";
  });
  byId("attach").addEventListener("click", () => chooser.click());
  byId("slash").addEventListener("click", () => {
    input.value = "/";
    input.focus();
    show();
  });
  input.addEventListener("input", () => {
    grow();
    show();
  });
  input.addEventListener("keydown", (event) => {
    if (suggestions.walk(event) || event.isComposing) return;
    if (suggestions.isOpen && suggestions.active && (event.key === "Tab" || event.key === "Enter"))
      suggestions.active.pick();
    else if (suggestions.isOpen && event.key === "Escape") {
      input.value = "";
      show();
    } else if (event.key === "Enter" && !event.shiftKey) {
      if (!suggestions.isOpen) send();
    } else if (event.key === "ArrowUp" && input.value === "") actions.toNewest();
    else return;
    event.preventDefault();
  });
  sayForm.addEventListener("submit", (event) => {
    event.preventDefault();
    if (suggestions.isOpen) suggestions.active?.pick();
    else send();
  });

  return {
    /** What the bot offers here, in the person's language. */
    offer(commands, locale, app) {
      appName = app;
      offered = commands
        .filter((each) => each.type === SLASH)
        .flatMap((each) => leaves(each, locale))
        .sort((one, other) => one.shown.localeCompare(other.shown, locale));
      if (form === null) show();
    },
    name(label) {
      input.setAttribute("aria-label", label);
      input.placeholder = label;
    },
    leave: () => form && leave(),
    find: (name) => offered.find((leaf) => leaf.name === name),
    focus: () => (form ? form.focus() : input.focus()),
  };
}

/** What matches, what begins with it first. */
function ranked(leaves_, typed) {
  const rank = ({ shown, name, description }) => {
    const [one, other] = [shown.toLowerCase(), name.toLowerCase()];
    if (one.startsWith(typed) || other.startsWith(typed)) return 0;
    if (one.includes(typed) || other.includes(typed)) return 1;
    return description.toLowerCase().includes(typed) ? 2 : 3;
  };
  return leaves_.filter((leaf) => rank(leaf) < 3).sort((one, other) => rank(one) - rank(other));
}

const COUNTED = "commands-called";
const counts = () => JSON.parse(localStorage.getItem(COUNTED) ?? "{}");

function count({ name }) {
  localStorage.setItem(COUNTED, JSON.stringify({ ...counts(), [name]: (counts()[name] ?? 0) + 1 }));
}

function mostCalled(leaves_) {
  const called = counts();
  return leaves_
    .filter((leaf) => called[leaf.name])
    .sort((one, other) => called[other.name] - called[one.name])
    .slice(0, OFTEN);
}
