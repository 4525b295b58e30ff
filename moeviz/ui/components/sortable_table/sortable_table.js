// A table that is searched, sorted, ticked and taken as CSV or Markdown without asking the server.
// Text reaches the page by textContent alone.

import { adoptStyles, button, columnTitle, el, setAttribute, setText } from "../shared/shared.js";
import { fileButtons } from "../shared/table_files.js";
import { compared, inFull, wordsOf } from "./sortable_table_order.js";

/** @import { Component, Root } from "../shared/shared.js" */
/** @import { Cell } from "./sortable_table_order.js" */

/**
 * @typedef {object} Data
 * @property {string} caption
 * @property {string[]} header
 * @property {Cell[][]} rows
 * @property {string} fileName
 * @property {string[]} fileHeader
 * @property {string[] | null} picked  first cells of the ticked rows; null: rows have no boxes
 */

/** @typedef {{node: HTMLTableRowElement, cells: Cell[], words: string, box?: HTMLInputElement}} Row */

/** @typedef {ReturnType<typeof build>} View */

/** A table of fewer rows needs no search. */
const SEARCHABLE = 12;

/** @param {Component<Data>} component */
export default async function sortableTable({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, new URL("sortable_table.css", import.meta.url));
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".sortable-table");
  if (!root) return undefined;
  root.view ??= build(root, data);
  const { view } = root;
  view.pick = (names) => setTriggerValue("picked", names.join("\n"));
  view.data = data;
  const text = JSON.stringify([data.header, data.rows]);
  if (view.text !== text) fill(view, text);
  setText(view.caption, data.caption);
  setAttribute(view.scroll, "aria-label", data.caption);
  view.field.hidden = data.rows.length < SEARCHABLE;
  tick(view);
  return undefined; // nothing outlives the nodes
}

/**
 * @param {HTMLElement} root
 * @param {Data} data
 */
function build(root, data) {
  const [bar, caption, field] = [el("div", "bar"), el("span", "caption"), el("input")];
  const [scroll, table, head, body] = [el("div", "scroll"), el("table"), el("thead"), el("tbody")];
  const nothing = el("p", "nothing");
  Object.assign(field, { type: "search", placeholder: "Search" });
  field.setAttribute("aria-label", "Search in the table");
  const view = {
    ...{ caption, field, scroll, head, body, nothing, data },
    text: "",
    sorted: -1,
    down: false,
    numeric: /** @type {boolean[]} */ ([]),
    rows: /** @type {Row[]} */ ([]), // in the order of the page
    titles: /** @type {HTMLTableCellElement[]} */ ([]),
    pick: /** @param {string[]} _names */ (_names) => {},
  };
  bar.append(caption, field, ...fileButtons(() => shown(view)));
  field.addEventListener("input", () => sift(view));
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  table.append(head, body);
  nothing.setAttribute("role", "status");
  scroll.append(table, nothing);
  root.replaceChildren(bar, scroll);
  return view;
}

/**
 * What a file has: the rows that are shown, in their order.
 * @param {View} view
 */
function shown({ data, rows, sorted, down }) {
  const found = inOrder(rows, sorted, down).filter(({ node }) => !node.hidden);
  return {
    name: data.fileName,
    header: data.fileHeader,
    rows: found.map(({ cells }) => cells.map(inFull)),
  };
}

/**
 * @param {View} view
 * @param {string} text
 */
function fill(view, text) {
  const { data } = view;
  view.text = text;
  view.numeric = data.header.map((_, i) => data.rows.some((row) => typeof row[i][1] === "number"));
  view.titles = data.header.map((title, i) => column(view, title, i));
  const head = el("tr");
  if (data.picked) head.append(el("td"));
  head.append(...view.titles);
  view.head.replaceChildren(head);
  view.rows = data.rows.map((cells) => rowOf(view, cells));
  order(view);
  sift(view);
}

/**
 * @param {View} view
 * @param {string} title
 * @param {number} i
 */
function column(view, title, i) {
  const [cell, sorting] = [columnTitle(""), button("", title)];
  cell.append(sorting);
  cell.classList.toggle("numeric", view.numeric[i]);
  sorting.addEventListener("click", () => {
    view.down = view.sorted === i ? !view.down : view.numeric[i];
    view.sorted = i;
    order(view);
  });
  return cell;
}

/**
 * @param {View} view
 * @param {Cell[]} cells
 * @returns {Row}
 */
function rowOf(view, cells) {
  const node = el("tr");
  const box = view.data.picked ? boxOf(view, cells[0][0]) : undefined;
  if (box) {
    const place = el("td");
    place.append(box);
    node.append(place);
  }
  cells.forEach(([shown, value, title], i) => {
    const cell = el(i ? "td" : "th", view.numeric[i] ? "numeric" : "", shown);
    if (!i) cell.scope = "row";
    const told = title || (typeof value === "number" ? value.toLocaleString("en") : "");
    if (told && told !== shown) cell.title = told;
    node.append(cell);
  });
  return { node, cells, words: wordsOf(cells), box };
}

/**
 * @param {View} view
 * @param {string} name
 */
function boxOf(view, name) {
  const box = el("input");
  box.type = "checkbox";
  box.name = name;
  box.setAttribute("aria-label", `Compare ${name}`);
  box.addEventListener("change", () => {
    const others = (view.data.picked ?? []).filter((each) => each !== name);
    view.data.picked = box.checked ? [...others, name] : others;
    view.pick(view.data.picked);
  });
  return box;
}

/** @param {View} view */
function tick({ data, rows }) {
  const picked = new Set(data.picked);
  for (const { node, box } of rows) {
    if (!box) continue;
    box.checked = picked.has(box.name);
    node.classList.toggle("picked", box.checked);
  }
}

/** @param {View} view */
function order({ sorted, down, rows, titles, body }) {
  titles.forEach((cell, i) =>
    setAttribute(cell, "aria-sort", i !== sorted ? "none" : down ? "descending" : "ascending")
  );
  body.replaceChildren(...inOrder(rows, sorted, down).map(({ node }) => node));
}

/**
 * Rows in the order of the sorted column; without one as they came.
 * @param {Row[]} rows
 * @param {number} sorted
 * @param {boolean} down
 */
function inOrder(rows, sorted, down) {
  if (sorted < 0) return rows;
  return rows.toSorted((a, b) => compared(a.cells[sorted], b.cells[sorted], down));
}

/**
 * Hide the rows that have not all the words that are searched for; say so where none has.
 * @param {View} view
 */
function sift({ field, rows, nothing }) {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of rows) row.node.hidden = !words.every((word) => row.words.includes(word));
  const found = !words.length || rows.some(({ node }) => !node.hidden);
  setText(nothing, found ? "" : `Nothing found for “${field.value.trim()}”.`);
}
