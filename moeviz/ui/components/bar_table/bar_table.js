// A table whose rows are measured by bars. Rows stay where they are, so that bars move by CSS.
// Text reaches the page by textContent alone.

import { adoptStyles, el, setText } from "../shared/shared.js";

export default async function barTable({ data, parentElement }) {
  await adoptStyles(parentElement, new URL("bar_table.css", import.meta.url));
  const root = parentElement.querySelector(".bar-table");
  if (!root) return undefined;
  root.view ??= build(root);
  update(root.view, data);
  return undefined; // nothing outlives the nodes
}

function build(root) {
  const [caption, scroll, table] = [el("p"), el("div", "scroll"), el("table")];
  const [head, body] = [el("thead"), el("tbody")];
  caption.setAttribute("role", "status");
  scroll.tabIndex = 0;
  head.append(el("tr"));
  table.append(head, body);
  scroll.append(table);
  root.replaceChildren(caption, scroll);
  return { caption, scroll, head: head.firstChild, body };
}

function update({ caption, scroll, head, body }, data) {
  setText(caption, data.caption);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", data.caption);
  count(head, data.header.length, () => Object.assign(el("th"), { scope: "col" }));
  data.header.forEach((title, i) => setText(head.children[i], title));
  count(body, data.rows.length, newRow);
  data.rows.forEach((row, i) => show(body.children[i], row));
}

function newRow() {
  const row = el("tr");
  const label = el("td", "label");
  label.append(el("i", "mark"), el("span"));
  row.append(label, el("td", "bars"));
  return row;
}

function show(node, row) {
  const [label, bars] = node.children;
  label.firstChild.style.background = row.colour;
  label.firstChild.hidden = !row.colour;
  setText(label.lastChild, row.label);
  label.title = row.label;
  count(bars, row.bars.length, () => el("i", "bar"));
  row.bars.forEach((part, i) => {
    const { style } = bars.children[i];
    style.width = `${100 * Math.min(1, Math.max(0, part))}%`;
    style.background = i ? "" : row.colour;
  });
  count(node, 2 + row.cells.length, () => el("td"));
  row.cells.forEach((text, i) => setText(node.children[2 + i], text));
  node.className = [row.strong && "strong", row.faded && "faded"].filter(Boolean).join(" ");
}

function count(parent, wanted, make) {
  while (parent.children.length > wanted) parent.lastChild.remove();
  while (parent.children.length < wanted) parent.append(make());
}
