// What the components share: element builders, number formats, scales and style loading.
// Text reaches the page by textContent alone. Knows nothing of any one component.

const SVG = "http://www.w3.org/2000/svg";
const ENGLISH = new Intl.NumberFormat("en"); // toLocaleString builds one each time, for 50 µs

export function el(tag, className = "", text = null) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== null) node.textContent = text;
  return node;
}

export function svg(tag, attributes = {}, parent = null) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent?.append(node);
  return node;
}

/** Set text only where it differs, so that an unchanged label costs no layout. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** "71 %", "4.2 %", "0.04 %": two significant digits, a thin no-break space before the sign. */
export function percent(share) {
  const value = share * 100;
  if (!Number.isFinite(value)) return "–";
  const digits = value >= 9.95 || value === 0 ? 0 : value >= 0.095 ? 1 : 2;
  return `${value.toFixed(digits)}\u202f%`;
}

/** A share that is a parameter, not a measurement: "12.5 %", "1.56 %". */
export const exactPercent = (share) => `${Number((share * 100).toPrecision(3))}\u202f%`;

/** Up to four significant digits: "2.184", "0.0103", "1,216". */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return ENGLISH.format(value);
  const size = Math.abs(value);
  return size >= 1000
    ? ENGLISH.format(Math.round(value))
    : value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : 4);
}

/** The smallest of 1, 2, 5 × 10ⁿ that is at least `value`. */
export function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((m) => m * power).find((n) => n >= value * (1 - 1e-9));
}

/** About `count` round tick values inside [low, high]. */
export function ticks(low, high, count) {
  const step = niceCeiling((high - low) / count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

/** Push labels apart: the positions nearest to `wanted` that keep `gap` and stay in [low, high]. */
export function spread(wanted, gap, low, high) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const placed = [];
  let floor = low;
  for (const i of order) floor = (placed[i] = Math.max(wanted[i], floor)) + gap;
  let ceiling = high;
  for (const i of order.reverse()) ceiling = (placed[i] = Math.min(placed[i], ceiling)) - gap;
  return placed;
}

const SHARED = new URL("shared.css", import.meta.url);
const sheets = new Map();

/** Adopt shared.css and the sheets at these addresses, each once per root (the document or a
 *  component's shadow root). */
export async function adoptStyles(parentElement, ...addresses) {
  const root = parentElement.getRootNode();
  const wanted = await Promise.all([SHARED, ...addresses].map(sheet));
  if (!root.adoptedStyleSheets) return; // taken off the page meanwhile
  for (const each of wanted) {
    if (!root.adoptedStyleSheets.includes(each)) root.adoptedStyleSheets.push(each);
  }
}

function sheet({ href }) {
  if (!sheets.has(href)) sheets.set(href, fetchSheet(href));
  return sheets.get(href);
}

async function fetchSheet(address) {
  const styles = new CSSStyleSheet();
  return styles.replace(await (await fetch(address)).text());
}

/** Fill `table` with a header row and rows of text; rebuilt only when the text changed. */
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

function columnTitle(title) {
  const cell = el("th", "", title);
  cell.scope = "col";
  return cell;
}
