// The messages that stand in the log. An edit takes its place once its pictures can be shown, so that none flickers.

const PATIENCE_MS = 1500;

export class Timeline {
  /** `onChange(isNew)` is called after each change. */
  constructor(log, { onChange }) {
    this.log = log;
    this.onChange = onChange;
    this.clear();
  }

  get isEmpty() {
    return this.nodes.size === 0;
  }

  clear() {
    this.nodes = new Map();
    this.coming = new Map();
    this.log.replaceChildren();
  }

  /** Shows a new message in the order of ids, or puts an edited one in the place of what stood there. */
  put(id, node) {
    if (this.nodes.has(id)) return this.#exchange(id, node);
    this.nodes.set(id, node);
    this.log.insertBefore(node, this.#firstAfter(id));
    this.onChange(true);
  }

  #firstAfter(id) {
    let found = null;
    for (let each = this.log.lastElementChild; each && BigInt(each.dataset.id) > BigInt(id); each = each.previousElementSibling) found = each;
    return found;
  }

  /** Takes away what is not among these. */
  keep(ids) {
    const kept = new Set(ids);
    this.drop([...this.nodes.keys()].filter((each) => !kept.has(each)));
  }

  drop(ids) {
    for (const id of ids) {
      this.nodes.get(id)?.remove();
      this.nodes.delete(id);
      this.coming.delete(id);
    }
    this.onChange(false);
  }

  // Of edits that come while one is awaited, the last is the next; `clear` and `drop` leave nothing to wait for.
  async #exchange(id, node) {
    const { nodes, coming } = this;
    const isWaiting = coming.has(id);
    coming.set(id, node);
    if (isWaiting) return;
    while (coming.has(id)) {
      const next = coming.get(id);
      const pictures = [...next.querySelectorAll("img")];
      if (pictures.length > 0) await shown(pictures);
      if (this.nodes !== nodes || !nodes.has(id)) return;
      swap(nodes.get(id), next);
      nodes.set(id, next);
      if (coming.get(id) === next) coming.delete(id);
      this.onChange(false);
    }
  }
}

/** When all pictures are decoded, or have failed, or take too long. */
async function shown(pictures) {
  for (const each of pictures) each.loading = "eager";
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([Promise.allSettled(pictures.map((each) => each.decode())), late]);
}

/** The keyboard's place within the message is kept. */
function swap(before, node) {
  const focusable = "button, a, select, summary";
  const place = [...before.querySelectorAll(focusable)].indexOf(document.activeElement);
  before.replaceWith(node);
  if (place >= 0) node.querySelectorAll(focusable)[place]?.focus();
}
