// A row of numbers; a click on one unfolds the sum behind it. Which one is open is this side's own.
// Text reaches the page by textContent alone.

import { adoptStyles, el, fillTable, setAttribute, setText } from "../shared/shared.js";

export default async function derivedNumbers({ data, parentElement }) {
  await adoptStyles(parentElement, new URL("derived_numbers.css", import.meta.url));
  const root = parentElement.querySelector(".derived-numbers");
  if (!root) return undefined;
  root.view ??= build(root);
  update(root.view, data.numbers);
  return undefined; // nothing outlives the nodes
}

function build(root) {
  const [row, panel] = [el("div", "row"), el("div", "panel")];
  const [formula, scroll, table, source] = [
    el("p", "formula"),
    el("div", "scroll"),
    el("table"),
    el("p", "source"),
  ];
  scroll.append(table);
  panel.append(formula, scroll, source);
  panel.hidden = true;
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  root.replaceChildren(row, panel);
  return { row, panel, formula, scroll, table, source, open: "", numbers: [] };
}

function update(view, numbers) {
  view.numbers = numbers;
  const { row } = view;
  while (row.children.length > numbers.length) row.lastChild.remove();
  while (row.children.length < numbers.length) row.append(newNumber(view, row.children.length));
  numbers.forEach((each, i) => show(row.children[i], each));
  unfold(view);
}

function newNumber(view, i) {
  const button = el("button", "number");
  button.type = "button";
  button.append(el("span", "label"), el("strong"), el("span", "change"));
  button.addEventListener("click", () => {
    const { label } = view.numbers[i];
    view.open = view.open === label ? "" : label;
    unfold(view);
  });
  return button;
}

function show(button, { label, shown, exact, change }) {
  const [name, value, more] = button.children;
  setText(name, label);
  setText(value, shown);
  setText(more, change);
  button.title = `${exact}\nClick: how this number comes`;
}

function unfold(view) {
  const { row, panel, formula, scroll, table, source } = view;
  view.numbers.forEach((each, i) =>
    setAttribute(row.children[i], "aria-expanded", each.label === view.open)
  );
  const number = view.numbers.find((each) => each.label === view.open);
  panel.hidden = !number;
  if (!number) return;
  setText(formula, `${number.label} = ${number.formula} = ${number.exact}`);
  scroll.setAttribute("aria-label", `How ${number.label} comes`);
  fillTable(table, "", number.header, number.terms);
  scroll.hidden = number.terms.length === 0;
  setText(source, number.source);
}
