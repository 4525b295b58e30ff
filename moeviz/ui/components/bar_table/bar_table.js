// A table whose rows are measured by bars. Rows stay where they are, so that bars move by CSS.
// Text reaches the page by textContent alone.

import { adoptStyles, columnTitle, el, keepCount, setText } from "../shared/shared.js";

/** @import { Component, Root } from "../shared/shared.js" */

/**
 * @typedef {object} Row
 * @property {string} label
 * @property {number[]} bars  parts of the widest bar, 0 to 1
 * @property {string[]} cells
 * @property {string} colour  "": none
 * @property {boolean} strong
 * @property {boolean} faded
 */

/** @typedef {{caption: string, header: string[], rows: Row[]}} Data */

/** @typedef {{node: HTMLElement}} Item */

/** @typedef {ReturnType<typeof build>} View */

/** @typedef {ReturnType<typeof newRow>} RowNodes */

/** @param {Component<Data>} component */
export default async function barTable({ data, parentElement }) {
  await adoptStyles(parentElement, new URL("bar_table.css", import.meta.url));
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".bar-table");
  if (!root) return undefined;
  root.view ??= build(root);
  update(root.view, data);
  return undefined; // nothing outlives the nodes
}

/** @param {HTMLElement} root */
function build(root) {
  const [caption, scroll, table] = [el("p"), el("div", "scroll"), el("table")];
  const [thead, head, body] = [el("thead"), el("tr"), el("tbody")];
  caption.setAttribute("role", "status");
  scroll.tabIndex = 0;
  thead.append(head);
  table.append(thead, body);
  scroll.append(table);
  root.replaceChildren(caption, scroll);
  return {
    ...{ caption, scroll, head, body },
    titles: /** @type {Item[]} */ ([]),
    rows: /** @type {RowNodes[]} */ ([]),
  };
}

/**
 * @param {View} view
 * @param {Data} data
 */
function update({ caption, scroll, head, body, titles, rows }, data) {
  setText(caption, data.caption);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", data.caption);
  keepCount(head, titles, data.header.length, () => ({ node: columnTitle("") }));
  data.header.forEach((title, i) => setText(titles[i].node, title));
  keepCount(body, rows, data.rows.length, newRow);
  data.rows.forEach((row, i) => show(rows[i], row));
}

function newRow() {
  const [node, label, bars] = [el("tr"), el("td", "label"), el("td", "bars")];
  const [mark, name] = [el("i", "mark"), el("span")];
  label.append(mark, name);
  node.append(label, bars);
  return {
    ...{ node, label, mark, name, bars },
    parts: /** @type {Item[]} */ ([]),
    cells: /** @type {Item[]} */ ([]),
  };
}

/**
 * @param {RowNodes} nodes
 * @param {Row} row
 */
function show({ node, label, mark, name, bars, parts, cells }, row) {
  mark.style.background = row.colour;
  mark.hidden = !row.colour;
  setText(name, row.label);
  label.title = row.label;
  keepCount(bars, parts, row.bars.length, () => ({ node: el("i", "bar") }));
  row.bars.forEach((part, i) => {
    const { style } = parts[i].node;
    style.width = `${100 * Math.min(1, Math.max(0, part))}%`;
    style.background = i ? "" : row.colour;
  });
  keepCount(node, cells, row.cells.length, () => ({ node: el("td") }));
  row.cells.forEach((text, i) => setText(cells[i].node, text));
  node.className = [row.strong && "strong", row.faded && "faded"].filter(Boolean).join(" ");
}
