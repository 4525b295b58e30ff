// A question: a number to type or answers to choose from. The server grades; what it says, and a
// right answer that this browser knows of, stand below. Text reaches the page by textContent alone.

import { answered, noteAnswered } from "../shared/answered.js";
import { adoptStyles, button, el, setText } from "../shared/shared.js";
import { setProse } from "../shared/term.js";

/** @import { Component, Root } from "../shared/shared.js" */

/**
 * @typedef {object} Data
 * @property {string} id
 * @property {string} prompt
 * @property {string} unit
 * @property {string[]} options  none: a number is typed
 * @property {string} given
 * @property {boolean | null} right
 * @property {string} says
 * @property {number} seq
 */

/** @typedef {ReturnType<typeof build>} View */

const MAX_TYPED = 60;

/** @param {Component<Data>} component */
export default async function check({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, new URL("check.css", import.meta.url));
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".check");
  if (!root) return undefined;
  if (root.view?.key !== keyOf(data)) root.view = build(root, data);
  const { view } = root;
  view.send = (text) => setTriggerValue("answer", text);
  show(view, data);
  return undefined; // nothing outlives the nodes
}

/** What is built anew when it changes. @param {Data} data */
const keyOf = ({ id, prompt, unit, options }) => JSON.stringify([id, prompt, unit, options]);

/**
 * @param {HTMLElement} root
 * @param {Data} data
 */
function build(root, data) {
  const [form, row, verdict] = [el("form"), el("div", "row"), el("p", "verdict")];
  const send = button("send", "Check the answer");
  send.type = "submit";
  verdict.setAttribute("role", "status");
  const { node, field, value, set } = data.options.length ? choice(data) : number(data);
  row.append(...(field ? [field] : []), ...(data.unit ? [el("span", "", data.unit)] : []), send);
  form.append(node, row, verdict);
  root.replaceChildren(form);
  const view = {
    ...{ key: keyOf(data), verdict, set },
    seq: -1,
    send: (/** @type {string} */ _text) => {},
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    delete verdict.dataset.right;
    delete verdict.dataset.prose; // what is said next is said again, even if it is the same
    setText(verdict, "Checking …");
    view.send(value());
  });
  return view;
}

/** @param {Data} data */
function number({ id, prompt, unit }) {
  const [node, field] = [el("p", "prompt"), el("input", "typed")];
  setProse(node, prompt);
  node.id = `prompt-${id}`;
  Object.assign(field, { type: "text", autocomplete: "off", maxLength: MAX_TYPED });
  field.setAttribute("inputmode", "decimal");
  field.setAttribute("aria-label", unit ? `Your answer in ${unit}` : "Your answer");
  field.setAttribute("aria-describedby", node.id);
  const set = (/** @type {string} */ text) => void (field.value = text);
  return { node, field, value: () => field.value, set };
}

/** @param {Data} data */
function choice({ id, prompt, options }) {
  const [node, legend] = [el("fieldset"), el("legend")];
  setProse(legend, prompt);
  const inputs = options.map((text, place) => {
    const [label, input, words] = [el("label", "option"), el("input"), el("span")];
    Object.assign(input, { type: "radio", name: id, value: String(place) });
    setProse(words, text);
    label.append(input, words);
    node.append(label);
    return input;
  });
  node.prepend(legend);
  const set = (/** @type {string} */ text) =>
    inputs.forEach((each) => void (each.checked = each.value === text));
  return { node, field: null, value: () => inputs.find((each) => each.checked)?.value ?? "", set };
}

/**
 * @param {View} view
 * @param {Data} data
 */
function show(view, { id, given, right, says, seq }) {
  if (right) noteAnswered(id);
  if (view.seq === seq) return;
  view.seq = seq;
  const before = !says && answered().has(id);
  if (given) view.set(given);
  view.verdict.dataset.right = String(before || right);
  if (before) setText(view.verdict, "You answered this before.");
  else if (right === null) setText(view.verdict, says); // it may quote what was typed
  else setProse(view.verdict, says);
}
