// A table that is searched, sorted, ticked and taken as CSV or Markdown without asking the server.
// Text reaches the page by textContent alone. A cell is [shown, value, title].

import { adoptStyles, el, setAttribute, setText } from "../shared/shared.js";
import { fileButton } from "../shared/table_files.js";

/** A table of fewer rows needs no search. */
const SEARCHABLE = 12;

export default async function sortableTable({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, new URL("sortable_table.css", import.meta.url));
  const root = parentElement.querySelector(".sortable-table");
  if (!root) return undefined;
  root.view ??= build(root);
  const { view } = root;
  view.pick = (names) => setTriggerValue("picked", names.join("\n"));
  const text = JSON.stringify([data.header, data.rows]);
  if (view.text !== text) fill(view, data, text);
  view.data = data;
  setText(view.caption, data.caption);
  setAttribute(view.scroll, "aria-label", data.caption);
  view.field.hidden = data.rows.length < SEARCHABLE;
  tick(view);
  return undefined; // nothing outlives the nodes
}

function build(root) {
  const [bar, caption, field] = [el("div", "bar"), el("span", "caption"), el("input")];
  const [scroll, table, head, body] = [el("div", "scroll"), el("table"), el("thead"), el("tbody")];
  const nothing = el("p", "nothing");
  Object.assign(field, { type: "search", placeholder: "Search" });
  field.setAttribute("aria-label", "Search in the table");
  const view = {
    bar,
    caption,
    field,
    scroll,
    head,
    body,
    nothing,
    sorted: -1,
    down: false,
    rows: [],
  };
  bar.append(
    caption,
    field,
    ...["CSV", "Markdown"].map((kind) => fileButton(kind, () => shown(view))),
  );
  field.addEventListener("input", () => sift(view));
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  table.append(head, body);
  nothing.setAttribute("role", "status");
  scroll.append(table, nothing);
  root.replaceChildren(bar, scroll);
  return view;
}

/** What a file has: the rows that are shown, in their order. */
function shown({ data, body }) {
  const rows = [...body.children].filter((row) => !row.hidden).map((row) => row.cells_);
  return { name: data.fileName, header: data.fileHeader, rows: rows.map((row) => row.map(inFull)) };
}

const inFull = ([shown, value]) => value ?? shown;

function fill(view, data, text) {
  view.text = text;
  view.numeric = data.header.map((_, i) => data.rows.some((row) => typeof row[i][1] === "number"));
  const head = el("tr");
  if (data.picked) head.append(el("td"));
  head.append(...data.header.map((title, i) => column(view, title, i)));
  view.head.replaceChildren(head);
  view.rows = data.rows.map((cells) => rowOf(view, cells, Boolean(data.picked)));
  order(view);
  sift(view);
}

function column(view, title, i) {
  const [cell, button] = [el("th"), el("button", "", title)];
  cell.scope = "col";
  button.type = "button";
  cell.append(button);
  cell.classList.toggle("numeric", view.numeric[i]);
  button.addEventListener("click", () => {
    view.down = view.sorted === i ? !view.down : view.numeric[i];
    view.sorted = i;
    order(view);
  });
  return cell;
}

function rowOf(view, cells, ticked) {
  const row = el("tr");
  row.cells_ = cells;
  row.words = cells.map(([shown]) => shown).join(" ").toLowerCase();
  if (ticked) row.append(boxOf(view, cells[0][0]));
  cells.forEach(([shown, value, title], i) => {
    const cell = el(i ? "td" : "th", view.numeric[i] ? "numeric" : "", shown);
    if (!i) cell.scope = "row";
    const told = title || (typeof value === "number" ? value.toLocaleString("en") : "");
    if (told && told !== shown) cell.title = told;
    row.append(cell);
  });
  return row;
}

function boxOf(view, name) {
  const [cell, box] = [el("td"), el("input")];
  box.type = "checkbox";
  box.name = name;
  box.setAttribute("aria-label", `Compare ${name}`);
  box.addEventListener("change", () => {
    const others = view.data.picked.filter((each) => each !== name);
    view.data.picked = box.checked ? [...others, name] : others;
    view.pick(view.data.picked);
  });
  cell.append(box);
  return cell;
}

function tick(view) {
  if (!view.data.picked) return;
  const picked = new Set(view.data.picked);
  for (const box of view.body.querySelectorAll("input")) {
    box.checked = picked.has(box.name);
    box.closest("tr").classList.toggle("picked", box.checked);
  }
}

/** Rows in the order of the sorted column; without one as they came. What has no value comes last. */
function order(view) {
  const { sorted, down, rows, head } = view;
  [...head.querySelectorAll("th")].forEach((cell, i) =>
    setAttribute(cell, "aria-sort", i !== sorted ? "none" : down ? "descending" : "ascending")
  );
  const placed = sorted < 0
    ? rows
    : [...rows].sort((a, b) => compared(a.cells_[sorted], b.cells_[sorted], down));
  view.body.replaceChildren(...placed);
}

function compared(a, b, down) {
  const [x, y] = [valueOf(a), valueOf(b)];
  if (x === "" || y === "") return (x === "") - (y === "");
  const way = typeof x === "number" && typeof y === "number"
    ? x - y
    : String(x).localeCompare(String(y), "en", { numeric: true });
  return down ? -way : way;
}

const valueOf = ([shown, value]) => value ?? (shown === "–" ? "" : shown);

/** Hide the rows that have not all the words that are searched for; say so where none has. */
function sift(view) {
  const words = view.field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of view.rows) row.hidden = !words.every((word) => row.words.includes(word));
  const found = !words.length || view.rows.some((row) => !row.hidden);
  setText(view.nothing, found ? "" : `Nothing found for “${view.field.value.trim()}”.`);
}
