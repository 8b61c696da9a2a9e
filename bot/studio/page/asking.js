// Asking the bot: what is refused is said, what is pressed waits visibly, and who gets no answer is told so.

import { byId } from "./dom.js";
import { Refused } from "./net.js";
import { t } from "./words.js";

const FIRST_ANSWER_MS = 3000;
const notices = () => [byId("modal-notice"), byId("notice")].filter(Boolean);

/** In the open modal, else above the message field. */
function say(text) {
  const shown = (byId("modal").open && byId("modal-notice")) || byId("notice");
  shown.textContent = text;
  shown.hidden = false;
}

/** Does what was asked, and shows why where it is refused; null then. */
export async function trying(act) {
  try {
    for (const each of notices()) each.hidden = true;
    return await act();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
    say(error instanceof Refused ? error.message : t("The studio does not answer."));
    return null;
  }
}

const waiting = new Map(); // by interaction: how to end the waiting
const answered = new Set(); // the event may come before the request that asked for it has returned

/** Sends an interaction; `control`, which began it, is busy until it is answered. Whether it was taken. */
export async function ask(send, control) {
  if (control) control.ariaBusy = "true";
  const asked = await trying(send);
  const rest = () => control && (control.ariaBusy = "false");
  if (asked === null || asked.is_acknowledged || answered.has(asked.id)) {
    rest();
    return asked !== null;
  }
  const timer = setTimeout(() => {
    waiting.delete(asked.id);
    rest();
    say(t("The application did not respond"));
  }, FIRST_ANSWER_MS);
  waiting.set(asked.id, () => {
    clearTimeout(timer);
    rest();
  });
  return true;
}

/** Ends the waiting for an interaction; whether this is the first that is heard of its answer. */
export function heardAnswer({ id }) {
  const isFirst = !answered.has(id);
  answered.add(id);
  waiting.get(id)?.();
  waiting.delete(id);
  return isFirst;
}
