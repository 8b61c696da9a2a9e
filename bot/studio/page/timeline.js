// The messages of a channel: all that are known, oldest first, and the few of them that stand in the page.
//
// A window of entries moves over the known messages as somebody scrolls, a few a frame. What one looks at keeps its place,
// whatever grows or goes above it.

const AT_FIRST = 24; // messages drawn at once
const STEP = 8; // messages drawn a frame
const MOST = 140; // messages that stand in the page
const AHEAD = 1400; // pixels drawn beyond what is seen
const NEAR_END = 80; // pixels from the end that still count as being there

export class Timeline {
  #messages = [];
  #views = new Map();
  #from = 0;
  #to = 0;
  #hasOlder = false;
  #isFilling = false;
  #anchor = null;
  #scrolledTo = 0;
  #size = [0, 0]; // of all that is drawn, and of what is seen of it

  /** `draw(message)` gives a view, `older(before)` the messages before one. `onChange()` follows each change. */
  constructor({ scroller, log, draw, older, onChange }) {
    Object.assign(this, { scroller, log, draw, older, onChange });
    this.isFollowing = true; // whether the newest message is to stay in view
    this.hasNews = false; // whether one came that has not been seen
    scroller.addEventListener("scroll", () => this.#scrolled());
    const resized = new ResizeObserver(() => this.#settle());
    resized.observe(scroller);
    resized.observe(log);
  }

  get isEmpty() {
    return this.#messages.length === 0;
  }

  get newest() {
    return this.#views.get(this.#messages.at(-1)?.id)?.node ?? null;
  }

  message(id) {
    return this.#messages.find((each) => each.id === id);
  }

  /** Begins anew with the latest messages of a channel, oldest first; `hasOlder` where there are more before them. */
  begin(messages, { hasOlder }) {
    this.#messages = messages;
    this.#hasOlder = hasOlder;
    this.#views.clear();
    this.toEnd();
  }

  /** Takes over the latest messages of the same channel after a break; views that still stand stay. */
  renew(messages, { hasOlder, heard }) {
    const kept = new Set([...messages.map((each) => each.id), ...heard]);
    const first = messages[0] === undefined ? null : BigInt(messages[0].id);
    const isGone = ({ id }) => !kept.has(id) && (first === null || !hasOlder || BigInt(id) >= first);
    this.drop(this.#messages.filter(isGone).map(({ id }) => id));
    this.#hasOlder = this.#messages.length === 0 ? hasOlder : this.#hasOlder;
    for (const each of messages) if (!heard.has(each.id)) this.put(each);
  }

  /** Shows a new message in the order of ids, or puts an edited one in the place of what stood there. */
  put(message) {
    const index = this.#indexOf(message.id);
    if (this.#messages[index]?.id === message.id) {
      this.#messages[index] = message;
      this.#views.get(message.id)?.update(message);
      return;
    }
    const isNewest = index === this.#messages.length;
    const isShown = isNewest
      ? this.#to === index && (this.isFollowing || this.#views.size < MOST)
      : index > this.#from && index < this.#to;
    this.#messages.splice(index, 0, message);
    if (isShown) this.#insert(index);
    else if (index < this.#to) [this.#from, this.#to] = [this.#from + 1, this.#to + 1];
    if (isNewest && !this.isFollowing) this.hasNews = true;
    this.#settle();
    this.onChange();
  }

  drop(ids) {
    for (const id of ids) {
      const index = this.#indexOf(id);
      if (this.#messages[index]?.id !== id) continue;
      this.#messages.splice(index, 1);
      if (index < this.#from) this.#from -= 1;
      if (index < this.#to) this.#to -= 1;
      this.#views.get(id)?.node.remove();
      this.#views.delete(id);
      this.#relate(index);
    }
    this.#settle();
    this.#fill();
    this.onChange();
  }

  toEnd() {
    this.isFollowing = true;
    this.hasNews = false;
    const end = this.#messages.length;
    if (this.#to !== end || this.#views.size === 0) this.#show(Math.max(0, end - AT_FIRST), end);
    this.#settle();
    this.#fill();
    this.onChange();
  }

  /** Brings a message into view, fetching what lies before where it must; whether it was found. */
  async reveal(id) {
    while (this.#hasOlder && (this.isEmpty || BigInt(id) < BigInt(this.#messages[0].id))) await this.#fetch();
    const index = this.#indexOf(id);
    if (this.#messages[index]?.id !== id) return false;
    this.isFollowing = false;
    if (!this.#views.has(id))
      this.#show(Math.max(0, index - AT_FIRST / 2), Math.min(this.#messages.length, index + AT_FIRST / 2));
    this.#views.get(id).node.scrollIntoView({ block: "center" });
    this.#note();
    this.#fill();
    return true;
  }

  // The window

  #indexOf(id) {
    const wanted = BigInt(id);
    let [low, high] = [0, this.#messages.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (BigInt(this.#messages[middle].id) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #show(from, to) {
    this.#views.clear();
    [this.#from, this.#to] = [from, to];
    this.log.replaceChildren(...this.#drawn(from, to));
    this.#anchor = null;
  }

  #drawn(from, to) {
    return this.#messages.slice(from, to).map((message, index) => {
      const view = this.draw(message);
      view.follow(this.#messages[from + index - 1]);
      this.#views.set(message.id, view);
      return view.node;
    });
  }

  #insert(index) {
    const next = this.#views.get(this.#messages[index + 1]?.id)?.node ?? null;
    const [node] = this.#drawn(index, index + 1);
    this.log.insertBefore(node, next);
    this.#to += 1;
    this.#relate(index + 1);
    if (this.isFollowing) this.#trimStart();
  }

  /** What a message looks like depends on the one before it. */
  #relate(index) {
    const message = this.#messages[index];
    if (message) this.#views.get(message.id)?.follow(this.#messages[index - 1]);
  }

  #growUp() {
    const from = Math.max(0, this.#from - STEP);
    this.log.prepend(...this.#drawn(from, this.#from));
    const met = this.#from;
    this.#from = from;
    this.#relate(met);
    while (this.#views.size > MOST) this.#remove((this.#to -= 1));
  }

  #growDown() {
    const to = Math.min(this.#messages.length, this.#to + STEP);
    this.log.append(...this.#drawn(this.#to, to));
    this.#to = to;
    this.#trimStart();
  }

  #trimStart() {
    while (this.#views.size > MOST) {
      this.#remove(this.#from);
      this.#from += 1;
    }
  }

  #remove(index) {
    const { id } = this.#messages[index];
    this.#views.get(id).node.remove();
    this.#views.delete(id);
  }

  async #fetch() {
    const before = this.#messages[0]?.id;
    const { messages, hasOlder } = await this.older(before);
    if (before !== this.#messages[0]?.id) return; // another channel meanwhile
    this.#hasOlder = hasOlder;
    this.#messages.unshift(...messages);
    this.#from += messages.length;
    this.#to += messages.length;
  }

  /** Draws more where the end of what is drawn comes near, a few messages a frame. */
  async #fill() {
    if (this.#isFilling) return;
    this.#isFilling = true;
    try {
      while (await this.#more()) await new Promise(requestAnimationFrame);
    } finally {
      this.#isFilling = false;
    }
  }

  async #more() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (clientHeight === 0) return false;
    if (scrollTop < AHEAD && this.#from > 0) this.#growUp();
    else if (scrollHeight - scrollTop - clientHeight < AHEAD && this.#to < this.#messages.length) this.#growDown();
    else if (scrollTop < AHEAD && this.#hasOlder) await this.#fetch();
    else return false;
    this.#settle();
    return true;
  }

  // Where one looks

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const isAtEnd = this.#to === this.#messages.length && scrollHeight - scrollTop - clientHeight < NEAR_END;
    // Only who scrolls up wants to stay there: what grows below, or a window that changes its size, does not mean that.
    const isOther = scrollHeight !== this.#size[0] || clientHeight !== this.#size[1];
    this.isFollowing = isAtEnd || (this.isFollowing && (isOther || scrollTop >= this.#scrolledTo));
    this.#scrolledTo = scrollTop;
    this.#size = [scrollHeight, clientHeight];
    if (this.isFollowing) this.hasNews = false;
    this.#note();
    this.#fill();
    this.onChange();
  }

  /** Remembers the first message in view, and where. */
  #note() {
    const top = this.scroller.scrollTop;
    const nodes = this.log.children;
    let [low, high] = [0, nodes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (nodes[middle].offsetTop + nodes[middle].offsetHeight <= top) low = middle + 1;
      else high = middle;
    }
    this.#anchor = nodes[low] ? { node: nodes[low], top: nodes[low].getBoundingClientRect().top } : null;
  }

  #settle() {
    if (this.isFollowing) this.scroller.scrollTop = this.scroller.scrollHeight;
    else if (this.#anchor?.node.isConnected)
      this.scroller.scrollTop += this.#anchor.node.getBoundingClientRect().top - this.#anchor.top;
    this.#scrolledTo = this.scroller.scrollTop;
    this.#size = [this.scroller.scrollHeight, this.scroller.clientHeight];
    if (!this.#anchor?.node.isConnected) this.#note();
  }
}
