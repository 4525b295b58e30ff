// A page without a browser: as much of the DOM as controls touch. Nothing is laid out.

/** @typedef {(event: any) => any} Listener */

class FakeNode {
  /** @type {FakeElement | FakeDocument | null} */
  parent = null;
  /** @type {Map<string, Set<Listener>>} */
  #listeners = new Map();

  /** @param {string} type @param {Listener} listener */
  addEventListener(type, listener) {
    this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener));
  }

  /** @param {string} type @param {Listener} listener */
  removeEventListener(type, listener) {
    this.#listeners.get(type)?.delete(listener);
  }

  /** This node and what it lies in, up to the document. @returns {FakeNode[]} */
  path() {
    return [this, ...(this.parent?.path() ?? [])];
  }

  /**
   * Something happens here, and bubbles.
   * @param {string} type
   * @param {Record<string, any>} [more]
   */
  fire(type, more = {}) {
    let stopped = false;
    const event = {
      ...{ type, target: this, defaultPrevented: false, composedPath: () => this.path() },
      preventDefault: () => {
        event.defaultPrevented = true;
      },
      stopPropagation: () => {
        stopped = true;
      },
      ...more,
    };
    for (const node of this.path()) {
      if (stopped) break;
      for (const listener of [...node.#listeners.get(type) ?? []]) listener(event);
    }
    return event;
  }
}

export class FakeElement extends FakeNode {
  /** @type {(FakeElement | string)[]} */
  #parts = [];
  /** @type {Record<string, string>} */
  dataset = {};
  /** @type {Record<string, string>} */
  style = {};
  /** @type {Map<string, string>} */
  attributes = new Map();
  className = "";
  hidden = false;
  open = false;
  disabled = false;
  value = "";
  title = "";
  #open = false;

  /** @param {string} tag */
  constructor(tag) {
    super();
    this.tag = tag;
  }

  /** @returns {string} */
  get textContent() {
    return this.#parts.map((each) => typeof each === "string" ? each : each.textContent).join("");
  }

  set textContent(text) {
    this.#parts = [text];
  }

  /** @returns {FakeElement[]} */
  get children() {
    return this.#parts.filter((each) => each instanceof FakeElement);
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  /** @returns {FakeElement | null} */
  get lastElementChild() {
    return this.children.at(-1) ?? null;
  }

  get childElementCount() {
    return this.children.length;
  }

  /** Of a select. */
  get options() {
    return this.tagged("option");
  }

  get isConnected() {
    return this.path().at(-1) instanceof FakeDocument;
  }

  get classList() {
    const names = new Set(this.className.split(" ").filter(Boolean));
    return {
      contains: (/** @type {string} */ name) => names.has(name),
      toggle: (/** @type {string} */ name, /** @type {boolean} */ on) => {
        if (on) names.add(name);
        else names.delete(name);
        this.className = [...names].join(" ");
      },
    };
  }

  /** @param {(FakeElement | string)[]} parts */
  append(...parts) {
    for (const part of parts) {
      if (part instanceof FakeElement) {
        part.remove();
        part.parent = this;
      }
      this.#parts.push(part);
    }
  }

  /** As a browser does: a select then shows its first option. @param {FakeElement[]} nodes */
  replaceChildren(...nodes) {
    for (const each of this.children) each.remove();
    this.append(...nodes);
    if (this.tag === "select") this.value = nodes[0]?.value ?? "";
  }

  remove() {
    const { parent } = this;
    if (parent instanceof FakeElement) {
      parent.#parts = parent.#parts.filter((each) => each !== this);
    }
    this.parent = null;
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes.set(name, String(value));
  }

  /** @param {string} name */
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  /** @param {string} name */
  removeAttribute(name) {
    this.attributes.delete(name);
  }

  getRootNode() {
    return this.path().at(-1);
  }

  /** @param {FakeNode | null} node */
  contains(node) {
    return node !== null && node.path().includes(this);
  }

  /** @param {string} selector tags and [attributes], with commas between them */
  closest(selector) {
    const fits = (/** @type {FakeElement} */ { tag, attributes }) =>
      selector.split(", ").some((each) =>
        each.startsWith("[") ? attributes.has(each.slice(1, -1)) : each === tag
      );
    return this.path().find((node) => node instanceof FakeElement && fits(node)) ?? null;
  }

  matches() {
    return this.#open; // asked of ":popover-open" alone
  }

  showPopover() {
    this.#open = true;
  }

  hidePopover() {
    this.#open = false;
  }

  getBoundingClientRect() {
    return { left: 0, right: 100, top: 0, bottom: 40, width: 100, height: 40 };
  }

  /** As a browser does: a button that is disabled hears nothing. */
  click() {
    if (!this.disabled) this.fire("click");
  }

  // What a test asks of what was built.

  /** All elements below with this class, in order. @param {string} name @returns {FakeElement[]} */
  all(name) {
    return this.children.flatMap((
      each,
    ) => [...(each.classList.contains(name) ? [each] : []), ...each.all(name)]);
  }

  /** The only one. @param {string} name */
  one(name) {
    const found = this.all(name);
    if (found.length !== 1) throw new Error(`${found.length} elements of class ${name}`);
    return found[0];
  }

  /** All elements below with this tag. @param {string} tag @returns {FakeElement[]} */
  tagged(tag) {
    return this.children.flatMap((each) => [
      ...(each.tag === tag ? [each] : []),
      ...each.tagged(tag),
    ]);
  }
}

class FakeDocument extends FakeNode {
  /** @type {FakeElement | null} */
  activeElement = null;
  documentElement = { clientWidth: 1280 };

  constructor() {
    super();
    this.body = this.createElement("body");
    this.body.parent = this;
  }

  /** Nothing is laid out, so that nothing stands in the way. */
  querySelectorAll() {
    return [];
  }

  elementFromPoint() {
    return null;
  }

  /** @param {string} tag */
  createElement(tag) {
    return new FakeElement(tag);
  }
}

/** Make this file's tests run on a page; returns its document. */
export function fakePage() {
  const document = new FakeDocument();
  const fakes = { document, innerHeight: 800, Document: FakeDocument, ShadowRoot: class {} };
  for (const [name, value] of Object.entries(fakes)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return document;
}

/**
 * Give the page an address; returns what stands after its path, as it is now.
 * @param {string} search
 */
export function fakeAddress(search) {
  const at = { pathname: "/lab", search, hash: "" };
  const history = {
    state: null,
    /** @param {any} _ @param {string} __ @param {string} path */
    replaceState: (_, __, path) => Object.assign(at, { search: path.slice(at.pathname.length) }),
  };
  for (const [name, value] of Object.entries({ history, location: at })) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return at;
}

/** A page's hold on its run, whose presses a test answers. */
export class FakeControl {
  ready = true;
  run = { id: "r", control: true };
  /** @type {(() => string) | null} */
  limit = null;
  /** @type {any} */
  state = null;
  /** @type {{act: string, more: any, answer: (outcome: any) => Promise<void>}[]} */
  pressed = [];

  get takesKnobs() {
    return this.ready && this.state !== null && this.state.state !== "failed";
  }

  /** @param {string} act @param {any} [more] */
  press(act, more) {
    return new Promise((resolve) => {
      const answer = async (/** @type {any} */ outcome) => {
        resolve(outcome);
        await settled();
      };
      this.pressed.push({ act, more, answer });
    });
  }

  /** What was pressed so far. */
  get said() {
    return this.pressed.map(({ act, more }) => [act, more]);
  }
}

/** When all that waits for a promise that is kept has gone on. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

/**
 * What a component built, put on the page.
 * @param {FakeDocument} document
 * @param {{node: unknown}} built
 */
export function onPage(document, { node }) {
  const element = /** @type {FakeElement} */ (node);
  document.body.append(element);
  return element;
}
