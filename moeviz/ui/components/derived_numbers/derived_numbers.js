// A row of numbers; a click on one unfolds the sum behind it. Which one is open is this side's own.
// Text reaches the page by textContent alone.

import {
  adoptStyles,
  button,
  el,
  fillTable,
  keepCount,
  setAttribute,
  setText,
} from "../shared/shared.js";

/** @import { Component, Root } from "../shared/shared.js" */

/**
 * @typedef {object} DerivedNumber
 * @property {string} label
 * @property {string} shown
 * @property {string} exact
 * @property {string} change
 * @property {string} formula  with the values filled in
 * @property {string[]} header
 * @property {string[][]} terms
 * @property {string} source
 */

/** @typedef {ReturnType<typeof build>} View */

/** @typedef {ReturnType<typeof newNumber>} NumberNodes */

/** @param {Component<{numbers: DerivedNumber[]}>} component */
export default async function derivedNumbers({ data, parentElement }) {
  await adoptStyles(parentElement, new URL("derived_numbers.css", import.meta.url));
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".derived-numbers");
  if (!root) return undefined;
  root.view ??= build(root);
  update(root.view, data.numbers);
  return undefined; // nothing outlives the nodes
}

/** @param {HTMLElement} root */
function build(root) {
  const [row, panel] = [el("div", "row"), el("div", "panel")];
  const [formula, scroll, table] = [el("p", "formula"), el("div", "scroll"), el("table")];
  const source = el("p", "source");
  scroll.append(table);
  panel.append(formula, scroll, source);
  panel.hidden = true;
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  root.replaceChildren(row, panel);
  return {
    ...{ row, panel, formula, scroll, table, source },
    open: "",
    numbers: /** @type {DerivedNumber[]} */ ([]),
    shown: /** @type {NumberNodes[]} */ ([]),
  };
}

/**
 * @param {View} view
 * @param {DerivedNumber[]} numbers
 */
function update(view, numbers) {
  view.numbers = numbers;
  keepCount(view.row, view.shown, numbers.length, (i) => newNumber(() => toggle(view, i)));
  numbers.forEach((each, i) => show(view.shown[i], each));
  unfold(view);
}

/** @param {() => void} press */
function newNumber(press) {
  const node = button("number");
  const [name, value, more] = [el("span", "label"), el("strong"), el("span", "change")];
  node.append(name, value, more);
  node.addEventListener("click", press);
  return { node, name, value, more };
}

/**
 * @param {View} view
 * @param {number} i
 */
function toggle(view, i) {
  const { label } = view.numbers[i];
  view.open = view.open === label ? "" : label;
  unfold(view);
}

/**
 * @param {NumberNodes} nodes
 * @param {DerivedNumber} number
 */
function show({ node, name, value, more }, { label, shown, exact, change }) {
  setText(name, label);
  setText(value, shown);
  setText(more, change);
  node.title = `${exact}\nClick to see how this number is computed`;
}

/** @param {View} view */
function unfold({ numbers, shown, open, panel, formula, scroll, table, source }) {
  numbers.forEach((each, i) => setAttribute(shown[i].node, "aria-expanded", each.label === open));
  const number = numbers.find((each) => each.label === open);
  panel.hidden = !number;
  if (!number) return;
  setText(formula, `${number.label} = ${number.formula} = ${number.exact}`);
  scroll.setAttribute("aria-label", `How ${number.label} is computed`);
  fillTable(table, "", number.header, number.terms);
  scroll.hidden = number.terms.length === 0;
  setText(source, number.source);
}
