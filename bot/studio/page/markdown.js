// A small, safe part of Discord's Markdown, as DOM nodes. Whatever is not understood stays text.

import { el } from "./dom.js";

const INLINE = new RegExp(
  [
    "\\\\(?<escaped>[\\\\`*_~|>#\\-])",
    "`(?<code>[^`\\n]+)`",
    "\\*\\*(?<bold>[^\\n]+?)\\*\\*(?!\\*)",
    "__(?<underlined>[^\\n]+?)__",
    "~~(?<struck>[^\\n]+?)~~",
    "\\|\\|(?<spoiler>[^\\n]+?)\\|\\|",
    "\\*(?<starred>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*",
    "(?<![\\p{L}\\p{N}])_(?<italic>[^\\s_](?:[^_\\n]*[^\\s_])?)_(?![\\p{L}\\p{N}])",
    "<@!?(?<person>\\d+)>",
    "<#(?<channel>\\d+)>",
    "</(?<command>[^:>\\n]+):\\d+>",
    "<t:(?<time>-?\\d{1,13})(?::(?<style>[a-zA-Z]))?>",
    "https://discord\\.com/channels/\\d+/(?<place>\\d+)/(?<message>\\d+)",
  ].join("|"),
  "gu",
);

/** @param names maps ids of people and channels to what they are called */
export function markdown(text, names) {
  const fragment = document.createDocumentFragment();
  text.split(/```(?:[\w+-]*\n)?([\s\S]*?)```/).forEach((part, index) => {
    if (index % 2 === 1) fragment.append(el("pre", {}, el("code", {}, part.replace(/\n$/, ""))));
    else if (part !== "") fragment.append(...blocks(part, names));
  });
  return fragment;
}

function blocks(text, names) {
  const made = [];
  let paragraph = [];
  const close = () => {
    if (paragraph.some((line) => line.trim() !== "")) made.push(el("p", {}, ...lines(paragraph, names)));
    paragraph = [];
  };
  for (const line of text.replace(/^\n|\n$/g, "").split("\n")) {
    const block = blockOf(line, names);
    if (block === null) {
      paragraph.push(line);
      continue;
    }
    close();
    const last = made.at(-1);
    if (block.localName === "blockquote" && last?.localName === "blockquote") last.append(el("br"), ...block.childNodes);
    else made.push(block);
  }
  close();
  return made;
}

function blockOf(line, names) {
  const heading = /^(#{1,3}) +(\S.*)$/.exec(line);
  if (heading) return el(`h${heading[1].length + 3}`, { class: "heading" }, ...inline(heading[2], names));
  const small = /^-# +(\S.*)$/.exec(line);
  if (small) return el("small", {}, ...inline(small[1], names));
  const quote = /^> (.*)$/.exec(line);
  if (quote) return el("blockquote", {}, ...inline(quote[1], names));
  return null;
}

function lines(paragraph, names) {
  return paragraph.flatMap((line, index) => [...(index > 0 ? [el("br")] : []), ...inline(line, names)]);
}

function inline(text, names) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(end, match.index), marked(match, names));
    end = match.index + match[0].length;
  }
  return [...nodes, text.slice(end)].filter((node) => node !== "");
}

function marked(match, names) {
  const found = match.groups;
  if (found.escaped !== undefined) return found.escaped;
  if (found.code !== undefined) return el("code", {}, found.code);
  if (found.bold !== undefined) return el("strong", {}, ...inline(found.bold, names));
  if (found.underlined !== undefined) return el("u", {}, ...inline(found.underlined, names));
  if (found.struck !== undefined) return el("s", {}, ...inline(found.struck, names));
  if (found.spoiler !== undefined) return spoiler(found.spoiler, names);
  if (found.starred !== undefined) return el("em", {}, ...inline(found.starred, names));
  if (found.italic !== undefined) return el("em", {}, ...inline(found.italic, names));
  if (found.person !== undefined) return mention(`@${names.get(found.person) ?? "someone"}`);
  if (found.channel !== undefined) return mention(`#${names.get(found.channel) ?? "somewhere"}`);
  if (found.command !== undefined) return mention(`/${found.command}`);
  if (found.message !== undefined) return jump(found.message, `#${names.get(found.place) ?? "somewhere"} › message`);
  return moment(new Date(Number(found.time) * 1000), found.style);
}

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

function moment(at, style) {
  if (style !== "R") return el("time", {}, at.toLocaleString());
  const seconds = Math.round((at - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS.at(-1);
  const told = new Intl.RelativeTimeFormat([], { numeric: "auto" }).format(Math.round(seconds / size), unit);
  return el("time", { title: at.toLocaleString() }, told);
}

const jump = (message, text) => el("a", { class: "mention", href: `#message-${message}` }, text);

const mention = (text) => el("span", { class: "mention" }, text);

function spoiler(text, names) {
  return el("details", { class: "spoiler" }, el("summary", {}, "Spoiler"), ...inline(text, names));
}
