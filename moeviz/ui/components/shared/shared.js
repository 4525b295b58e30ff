// What the components share: element builders, number formats, scales and style loading.
// Text reaches the page by textContent alone. Knows nothing of any one component.

/**
 * What Streamlit hands to a component, at first and with every update of its data.
 *
 * @template Data
 * @typedef {object} Component
 * @property {Data} data  what the Python side sent
 * @property {HTMLElement | ShadowRoot} parentElement  holds the component's own nodes
 * @property {(name: string, value: unknown) => void} setStateValue  kept by Streamlit
 * @property {(name: string, value: unknown) => void} setTriggerValue  told once
 */

/**
 * The node that a component builds in. What it builds lives here and survives new data.
 *
 * @template View
 * @typedef {HTMLElement & {view?: View}} Root
 */

const SVG = "http://www.w3.org/2000/svg";
const ENGLISH = new Intl.NumberFormat("en"); // toLocaleString builds one each time, for 50 µs

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {string | null} text
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, className = "", text = null) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== null) node.textContent = text;
  return node;
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @param {Element | null} parent
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, parent = null) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  parent?.append(node);
  return node;
}

/**
 * A button that submits nothing.
 * @param {string} className
 * @param {string | null} text
 */
export function button(className = "", text = null) {
  const node = el("button", className, text);
  node.type = "button";
  return node;
}

/**
 * A button that a held Enter presses once.
 * @param {HTMLElement} node
 */
export function pressOnce(node) {
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.repeat) event.preventDefault();
  });
}

/**
 * What paints on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} settings
 */
export function contextOf(canvas, settings = {}) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("this browser paints no canvas");
  return context;
}

/**
 * Set text only where it differs, so that an unchanged label costs no layout.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {string | number | boolean} value
 */
export function setAttribute(node, name, value) {
  const text = String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/**
 * As many items as wanted, each on its node in `parent`. Those there are stay where they are, so
 * that focus does and CSS can move them; the last ones go, new ones come last.
 *
 * @template {{node: HTMLElement}} Item
 * @param {HTMLElement} parent
 * @param {Item[]} items  changed in place
 * @param {number} wanted
 * @param {(index: number) => Item} make
 */
export function keepCount(parent, items, wanted, make) {
  for (const { node } of items.splice(wanted)) node.remove();
  while (items.length < wanted) {
    const item = make(items.length);
    items.push(item);
    parent.append(item.node);
  }
}

/**
 * "71 %", "4.2 %", "0.04 %": two significant digits, a thin no-break space before the sign.
 * @param {number} share
 */
export function percent(share) {
  const value = share * 100;
  if (!Number.isFinite(value)) return "–";
  const digits = value >= 9.95 || value === 0 ? 0 : value >= 0.095 ? 1 : 2;
  return `${value.toFixed(digits)}\u202f%`;
}

/**
 * A share that is a parameter, not a measurement: "12.5 %", "1.56 %".
 * @param {number} share
 */
export const exactPercent = (share) => `${Number((share * 100).toPrecision(3))}\u202f%`;

/**
 * Up to four significant digits: "2.184", "0.0103", "1,216". "–" where there is no number.
 * @param {number | null | undefined} value
 */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return ENGLISH.format(value);
  const size = Math.abs(value);
  return size >= 1000
    ? ENGLISH.format(Math.round(value))
    : value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : 4);
}

/**
 * The smallest of 1, 2, 5 × 10ⁿ that is at least `value`.
 * @param {number} value  above 0
 */
export function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5].map((m) => m * power).find((n) => n >= value * (1 - 1e-9)) ?? 10 * power;
}

/**
 * About `count` round tick values inside [low, high].
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function ticks(low, high, count) {
  const step = niceCeiling((high - low) / count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

/**
 * Push labels apart: the positions nearest to `wanted` that keep `gap` and stay in [low, high].
 * @param {number[]} wanted
 * @param {number} gap
 * @param {number} low
 * @param {number} high
 */
export function spread(wanted, gap, low, high) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  /** @type {number[]} */
  const placed = [];
  let floor = low;
  for (const i of order) floor = (placed[i] = Math.max(wanted[i], floor)) + gap;
  let ceiling = high;
  for (const i of order.reverse()) ceiling = (placed[i] = Math.min(placed[i], ceiling)) - gap;
  return placed;
}

const ASK_AGAIN_MS = 500;

const SHARED = new URL("shared.css", import.meta.url);

/** @type {Map<string, Promise<CSSStyleSheet>>} */
const sheets = new Map();

/**
 * Adopt shared.css and the sheets at these addresses, each once per root (the document or a
 * component's shadow root).
 *
 * @param {Node} parentElement
 * @param {URL[]} addresses
 */
export async function adoptStyles(parentElement, ...addresses) {
  const root = parentElement.getRootNode();
  const wanted = await Promise.all([SHARED, ...addresses].map(sheet));
  if (!(root instanceof Document || root instanceof ShadowRoot)) return; // taken off the page
  for (const each of wanted) {
    if (!root.adoptedStyleSheets.includes(each)) root.adoptedStyleSheets.push(each);
  }
}

/** @param {URL} address */
function sheet({ href }) {
  const known = sheets.get(href) ?? fetchSheet(href);
  sheets.set(href, known);
  return known;
}

/** @param {string} href */
async function fetchSheet(href) {
  const styles = new CSSStyleSheet();
  return styles.replace(await (await fetched(href)).text());
}

/**
 * A file of the server. A server that does not answer is asked again until it does: a component that
 * appears while the server is gone is complete when it is back.
 * @param {string | URL} address
 * @param {number} [pauseMs]
 */
export async function fetched(address, pauseMs = ASK_AGAIN_MS) {
  for (;;) {
    const answer = await fetch(address).catch(() => null); // rejected: there was no answer
    if (answer?.ok) return answer;
    if (answer) throw new Error(`${address}: the server answered with status ${answer.status}`);
    await new Promise((wake) => setTimeout(wake, pauseMs));
  }
}

/**
 * Fill `table` with a header row and rows of text; rebuilt only when the text changed.
 * @param {HTMLTableElement} table
 * @param {string} caption
 * @param {readonly string[]} header
 * @param {string[][]} rows
 */
export function fillTable(table, caption, header, rows) {
  const text = JSON.stringify([caption, header, rows]);
  if (table.dataset.text === text) return;
  table.dataset.text = text;
  const head = el("tr");
  head.append(...header.map((title) => columnTitle(title)));
  const body = rows.map((cells) => {
    const row = el("tr");
    row.append(...cells.map((cell) => el("td", "", cell)));
    return row;
  });
  const thead = el("thead");
  thead.append(head);
  const tbody = el("tbody");
  tbody.append(...body);
  table.replaceChildren(el("caption", "", caption), thead, tbody);
}

/** @param {string} title */
export function columnTitle(title) {
  const cell = el("th", "", title);
  cell.scope = "col";
  return cell;
}

/** A table behind a picture: folded away, scrolling on its own. */
export function foldedTable() {
  const [details, scroll, table] = [el("details"), el("div", "scroll"), el("table")];
  scroll.append(table);
  details.append(el("summary", "", "Show as table"), scroll);
  return { details, scroll, table };
}

/** Where a key belongs to what has the focus, not to the page. */
export const IN_A_FIELD = "input, textarea, select, button, [contenteditable], summary, a";
