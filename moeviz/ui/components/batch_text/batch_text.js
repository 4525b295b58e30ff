// Sequences of a batch as readable tokens: struck through where no expert computed them.
//
// One tab stop a sequence; the arrow keys walk through its tokens. Picking a token is the only thing
// that Python hears of.

import { Pick } from "./batch_text_pick.js";
import { adoptStyles, button, el, setText } from "../shared/shared.js";

/** @import { Component, Root } from "../shared/shared.js" */

/**
 * @typedef {object} Sequence
 * @property {string} title
 * @property {string} said
 * @property {number} first  the place in the batch of its first token
 * @property {string[]} tokens
 * @property {number[]} states  0: kept, 1: partly dropped, 2: dropped
 */

/**
 * @typedef {object} Data
 * @property {Sequence[]} sequences
 * @property {string} colour  of what was dropped
 * @property {string} caption
 * @property {number | null} picked  by its place in the batch
 */

/**
 * @typedef {object} View
 * @property {string} shape
 * @property {{title: HTMLElement, said: HTMLElement, tokens: HTMLButtonElement[]}[]} sequences
 * @property {HTMLElement} caption
 * @property {Pick} pick
 */

const CLASSES = ["", "partly", "lost"];
const WORDS = ["", ", some assignments dropped", ", all assignments dropped"];

/** @param {Component<Data>} component */
export default async function batchText({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, new URL("batch_text.css", import.meta.url));
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".batch-text");
  if (!root) return undefined;
  const shape = JSON.stringify(data.sequences.map(({ first, tokens }) => [first, tokens]));
  if (root.view?.shape !== shape) {
    root.view?.pick.end();
    root.view = build(root, data, shape);
  }
  const { pick } = root.view;
  pick.ask = (token) => setTriggerValue("token", token);
  pick.show(data.picked);
  root.style.setProperty("--lost", data.colour);
  update(root.view, data);
  return () => setTimeout(() => root.isConnected || pick.end());
}

/**
 * @param {HTMLElement} root
 * @param {Data} data
 * @param {string} shape
 */
function build(root, data, shape) {
  const [grid, caption] = [el("div", "sequences"), el("figcaption")];
  /** @type {View} */
  const view = { shape, sequences: [], caption, pick: new Pick(() => {}) };
  for (const sequence of data.sequences) {
    const [node, head, text] = [el("section"), el("h2"), el("p")];
    const [title, said] = [el("b"), el("span")];
    head.append(title, " ", said);
    const tokens = sequence.tokens.map((token, place) =>
      tokenButton(view, sequence.first + place, token)
    );
    if (tokens.length) tokens[0].tabIndex = 0;
    text.append(...tokens);
    text.addEventListener("keydown", (event) => walk(tokens, event));
    node.append(head, text);
    grid.append(node);
    view.sequences.push({ title, said, tokens });
  }
  root.replaceChildren(grid, caption);
  return view;
}

/**
 * @param {View} view
 * @param {number} index
 * @param {string} token
 */
function tokenButton(view, index, token) {
  const node = button("token", token);
  node.tabIndex = -1;
  node.addEventListener("click", () => view.pick.click(index));
  return node;
}

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

/**
 * Left and right move the focus within the sequence; only the focused token is a tab stop.
 * @param {HTMLButtonElement[]} tokens
 * @param {KeyboardEvent} event
 */
function walk(tokens, event) {
  const from = tokens.findIndex((token) => token === event.target);
  const to = tokens[from + STEPS[event.key]];
  if (!to) return;
  event.preventDefault();
  for (const token of tokens) token.tabIndex = token === to ? 0 : -1;
  to.focus();
}

/**
 * @param {View} view
 * @param {Data} data
 */
function update(view, data) {
  view.sequences.forEach(({ title, said, tokens }, s) => {
    const sequence = data.sequences[s];
    setText(title, sequence.title);
    setText(said, sequence.said);
    tokens.forEach((node, place) => {
      const state = sequence.states[place];
      const picked = sequence.first + place === data.picked;
      node.className = ["token", CLASSES[state], picked ? "picked" : ""].filter(Boolean).join(" ");
      node.ariaLabel = `token “${node.textContent}”${WORDS[state]}`; // a blank alone is no name
      node.ariaPressed = String(picked);
    });
  });
  setText(view.caption, data.caption);
}
