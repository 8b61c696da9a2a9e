// Sound and film, with the browser's own controls: they seek by asking for ranges.

import { el } from "./dom.js";
import { local } from "./pictures.js";
import { weight } from "./words.js";

export const isFilm = (file) => Boolean(file.content_type?.startsWith("video/"));
export const isAudio = (file) => Boolean(file.content_type?.startsWith("audio/"));

export function film({ file, description }) {
  return el("video", {
    src: local(file.url),
    controls: true,
    preload: "metadata",
    playsinline: true,
    class: "picture",
    "aria-label": description ?? file.filename,
  });
}

export function audio(file) {
  return el(
    "figure",
    { class: "audio" },
    el(
      "figcaption",
      {},
      el("a", { href: local(file.url), download: file.filename }, file.title ?? file.filename),
      el("small", {}, weight(file.size)),
    ),
    el("audio", {
      src: local(file.url),
      controls: true,
      preload: "metadata",
      "aria-label": file.description ?? file.filename,
    }),
  );
}

export const audios = (files) => files.filter(isAudio).map(audio);
