// The gate before age-restricted channels: asked once a person and visit.

import { byId } from "./dom.js";

const key = (person) => `of-age-${person}`;

/** A thread is as restricted as its channel. */
export function isRestricted(channel, world) {
  const parent = world.channels.find((each) => each.id === channel?.parent_id);
  return Boolean(channel?.nsfw || parent?.nsfw);
}

/** Whether the person has yet to say that they are of age. */
export const isClosed = (channel, { world, person }) =>
  isRestricted(channel, world) && !sessionStorage.getItem(key(person));

/** Shows the gate where it is closed, else what lies behind it. `enter` and `leave` follow the person's answer. */
export function showGate(channel, state, { enter, leave }) {
  const show = () => {
    const isShut = isClosed(channel, state);
    byId("gate").hidden = !isShut;
    for (const id of ["scroller", "composer"]) byId(id).hidden = isShut;
  };
  byId("gate-enter").onclick = () => {
    sessionStorage.setItem(key(state.person), "yes");
    show();
    enter();
  };
  byId("gate-leave").onclick = leave;
  show();
}
