// The keyboard's way about the page.

/** In the log arrows walk from message to message, at its end to what stands `below`; Escape leaves. */
export function walkMessages(log, { below, leave }) {
  log.addEventListener("keydown", (event) => {
    const node = event.target.closest(".message");
    if (event.key === "Escape") return leave();
    if (event.target !== node) return;
    const steps = { ArrowUp: node.previousElementSibling ?? node, ArrowDown: node.nextElementSibling ?? below };
    if (!(event.key in steps)) return;
    event.preventDefault();
    steps[event.key].focus();
  });
}

/** What a dialog was opened from may be gone when it closes: the focus goes where it is useful then. */
export function keepFocus(dialogs, focus) {
  for (const dialog of dialogs) {
    dialog.addEventListener("close", () => {
      const focused = document.activeElement;
      if (focused === document.body || !focused.checkVisibility()) focus();
    });
  }
}
