// Talks to the studio: JSON requests, and the feed of a person's events.

export class Refused extends Error {}

async function answered(response) {
  const body = await response.json();
  if (!response.ok) throw new Refused(body.problem ?? `The studio answered ${response.status}`);
  return body;
}

export async function get(path, query) {
  return answered(await fetch(`/studio/api/${path}?${new URLSearchParams(query)}`));
}

/** `files` maps a name to one file or to several. */
export async function post(path, fields, files = {}) {
  const named = Object.entries(files).flatMap(([name, some]) => [some].flat().map((file) => [name, file]));
  if (named.length === 0) {
    const headers = { "Content-Type": "application/json" };
    return answered(await fetch(`/studio/api/${path}`, { method: "POST", headers, body: JSON.stringify(fields) }));
  }
  const form = new FormData();
  form.append("fields", JSON.stringify(fields));
  for (const [name, file] of named) form.append(name, file);
  return answered(await fetch(`/studio/api/${path}`, { method: "POST", body: form }));
}

const AGAIN_AFTER_MS = 1000;

/** Keeps one socket open for a person, opening it again when it breaks; gives a function that ends it. */
export function listen(person, { onEvent, onState }) {
  let socket;
  let isOver = false;
  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/studio/ws?${new URLSearchParams({ person })}`);
    socket.onopen = () => onState(true);
    socket.onmessage = (message) => onEvent(JSON.parse(message.data));
    socket.onclose = () => {
      if (isOver) return;
      onState(false);
      setTimeout(() => !isOver && open(), AGAIN_AFTER_MS);
    };
  };
  open();
  return () => {
    isOver = true;
    socket.onopen = socket.onmessage = null;
    socket.close();
  };
}
