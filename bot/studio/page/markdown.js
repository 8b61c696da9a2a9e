// Discord's Markdown as DOM nodes. Whatever is not understood stays text, and nothing is ever read as HTML.

import { el } from "./dom.js";
import { clock, day, dayAndTime, locale, t } from "./words.js";

const ADDRESS = "https?:\\/\\/[^\\s<>\\[\\]\"']*[^\\s<>\\[\\]\"'.,:;!?)*_~|]";
const INLINE = new RegExp(
  [
    "\\\\(?<escaped>[!-\\/:-@\\[-`{-~])",
    "(?<ticks>`{1,2})(?<code>[^`\\n](?:[^\\n]*?[^`\\n])?)\\k<ticks>(?!`)",
    "\\*\\*\\*(?<both>[^\\s*][^\\n]*?)\\*\\*\\*(?!\\*)",
    "\\*\\*(?<bold>[^\\n]+?)\\*\\*(?!\\*)",
    "__(?<underlined>[^\\n]+?)__(?!_)",
    "~~(?<struck>[^\\n]+?)~~",
    "\\|\\|(?<spoiler>[^\\n]+?)\\|\\|",
    "\\*(?<starred>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*",
    "(?<![\\p{L}\\p{N}])_(?<italic>[^\\s_](?:[^_\\n]*[^\\s_])?)_(?![\\p{L}\\p{N}])",
    `\\[(?<label>[^\\]\\n]+)\\]\\(<?(?<target>${ADDRESS})>?(?: "[^"\\n]*")?\\)`,
    "<@&(?<role>\\d{1,20})>",
    "<@!?(?<person>\\d{1,20})>",
    "<#(?<channel>\\d{1,20})>",
    "</(?<command>[^:>\\n]+):\\d{1,20}>",
    "<a?:(?<custom>\\w{2,32}):\\d{1,20}>",
    "<t:(?<time>-?\\d{1,13})(?::(?<style>[tTdDfFR]))?>",
    "(?<everyone>@(?:everyone|here)\\b)",
    "https:\\/\\/discord\\.com\\/channels\\/\\d{1,20}\\/(?<place>\\d{1,20})\\/(?<message>\\d{1,20})",
    `<?(?<address>${ADDRESS})>?`,
  ].join("|"),
  "gu",
);

/**
 * @param context `names` maps ids of people, roles and channels to what they are called; `jump(channel, message)` and
 *   `move(channel)` go there
 * @param isInline whether there are to be no blocks, as in titles
 */
export function markdown(text, context, { isInline = false } = {}) {
  const fragment = document.createDocumentFragment();
  if (isInline) {
    fragment.append(...inline(text, context));
    return fragment;
  }
  text.split(/```(?:[\w+#-]*\n)?([\s\S]+?)```/).forEach((part, index) => {
    if (index % 2 === 1) fragment.append(el("pre", { tabindex: "0" }, el("code", {}, part.replace(/\n$/, ""))));
    else if (part !== "") fragment.append(...blocks(part.replace(/^\n|\n$/g, "").split("\n"), context));
  });
  return fragment;
}

// Blocks

function blocks(lines, context) {
  const made = [];
  let place = 0;
  while (place < lines.length) {
    const [node, taken] = block(lines, place, context);
    if (node) made.push(node);
    place += taken;
  }
  return made;
}

/** The block that begins at a line, and how many lines it takes. */
function block(lines, place, context) {
  const line = lines[place];
  const heading = /^(#{1,3}) +(\S.*)$/.exec(line);
  if (heading)
    return [
      el(
        "p",
        { class: `heading heading-${heading[1].length}`, role: "heading", "aria-level": heading[1].length + 3 },
        ...inline(heading[2], context),
      ),
      1,
    ];
  const small = /^-# +(\S.*)$/.exec(line);
  if (small) return [el("small", {}, ...inline(small[1], context)), 1];
  if (/^>>> /.test(line))
    return [el("blockquote", {}, ...blocks([line.slice(4), ...lines.slice(place + 1)], context)), lines.length - place];
  if (/^> /.test(line)) return quote(lines, place, context);
  if (BULLET.test(line)) return list(lines, place, context);
  return paragraph(lines, place, context);
}

const isPlain = (line) => !/^(#{1,3} +\S|-# +\S|>>> |> )/.test(line) && !BULLET.test(line);

function paragraph(lines, place, context) {
  let end = place + 1;
  while (end < lines.length && isPlain(lines[end])) end += 1;
  const own = lines.slice(place, end);
  if (own.every((line) => line.trim() === "")) return [null, own.length];
  return [
    el("p", {}, ...own.flatMap((line, index) => [...(index > 0 ? [el("br")] : []), ...inline(line, context)])),
    own.length,
  ];
}

function quote(lines, place, context) {
  let end = place;
  while (end < lines.length && /^> /.test(lines[end])) end += 1;
  return [
    el(
      "blockquote",
      {},
      ...blocks(
        lines.slice(place, end).map((line) => line.slice(2)),
        context,
      ),
    ),
    end - place,
  ];
}

const BULLET = /^( *)(?:([-*])|(\d{1,9})\.) +(\S.*)$/;

function list(lines, place, context) {
  const [, margin, , number] = BULLET.exec(lines[place]);
  const node = number === undefined ? el("ul", {}) : el("ol", { start: number });
  let end = place;
  while (end < lines.length) {
    const found = BULLET.exec(lines[end]);
    if (
      !found ||
      found[1].length < margin.length ||
      (found[1].length === margin.length && (found[3] === undefined) !== (number === undefined))
    )
      break;
    if (found[1].length > margin.length && node.lastChild) {
      const [inner, taken] = list(lines, end, context);
      node.lastChild.append(inner);
      end += taken;
    } else {
      node.append(el("li", {}, ...inline(found[4], context)));
      end += 1;
    }
  }
  return [node, end - place];
}

// Within a line

function inline(text, context) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(end, match.index), marked(match, context));
    end = match.index + match[0].length;
  }
  return [...nodes, text.slice(end)].filter((node) => node !== "");
}

const WRAPPED = { bold: "strong", underlined: "u", struck: "s", starred: "em", italic: "em" };

function marked({ groups: found }, context) {
  const { names } = context;
  for (const [name, tag] of Object.entries(WRAPPED)) {
    if (found[name] !== undefined) return el(tag, {}, ...inline(found[name], context));
  }
  if (found.escaped !== undefined) return found.escaped;
  if (found.code !== undefined) return el("code", {}, found.code);
  if (found.both !== undefined) return el("em", {}, el("strong", {}, ...inline(found.both, context)));
  if (found.spoiler !== undefined) return spoiler(found.spoiler, context);
  if (found.target !== undefined) return link(found.target, found.label);
  if (found.role !== undefined) return mention(`@${names.get(found.role) ?? t("unknown role")}`);
  if (found.person !== undefined) return mention(`@${names.get(found.person) ?? t("someone")}`);
  if (found.channel !== undefined)
    return going(`#${names.get(found.channel) ?? t("somewhere")}`, () => context.move(found.channel));
  if (found.command !== undefined) return mention(`/${found.command}`);
  if (found.custom !== undefined) return `:${found.custom}:`;
  if (found.everyone !== undefined) return mention(found.everyone);
  if (found.message !== undefined) {
    return going(
      `#${names.get(found.place) ?? t("somewhere")} › 💬`,
      () => context.jump(found.place, found.message),
      t("Go to the message"),
    );
  }
  if (found.address !== undefined) return link(found.address, found.address);
  return moment(new Date(Number(found.time) * 1000), found.style);
}

const mention = (text) => el("span", { class: "mention" }, text);

const going = (text, onclick, label) =>
  el("button", { type: "button", class: "mention", "aria-label": label, onclick }, text);

const link = (address, text) => el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const STYLES = {
  t: clock,
  T: (at) => new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }).format(at),
  d: (at) => new Intl.DateTimeFormat(locale(), { dateStyle: "short" }).format(at),
  D: day,
  f: (at) => new Intl.DateTimeFormat(locale(), { dateStyle: "long", timeStyle: "short" }).format(at),
  F: dayAndTime,
  R: relative,
};

function relative(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

function moment(at, style = "f") {
  if (Number.isNaN(at.getTime())) return t("Invalid date");
  return el("time", { datetime: at.toISOString(), title: dayAndTime(at) }, STYLES[style](at));
}

// What somebody has uncovered stays so while its message is edited.
const uncovered = new Set();

function spoiler(text, context) {
  const words = el("span", { class: "spoiler-text" }, ...inline(text, context));
  const node = el("span", { class: "spoiler" }, words);
  if (uncovered.has(text)) return node;
  words.inert = true;
  const label = t("Spoiler, press to show it");
  for (const [name, value] of Object.entries({ role: "button", tabindex: "0", "aria-label": label, title: label }))
    node.setAttribute(name, value);
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    uncovered.add(text);
    words.inert = false;
    for (const name of ["role", "tabindex", "aria-label", "title"]) node.removeAttribute(name);
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", show);
  return node;
}
