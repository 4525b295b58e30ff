// Sequences of a batch as readable tokens: struck through where no expert computed them.
//
// One tab stop a sequence; the arrow keys walk through its tokens. Picking a token is the only thing
// that Python hears of.

import { adoptStyles, el, setText } from "../shared/shared.js";

const CLASSES = ["", "partly", "lost"];
const WORDS = ["", ", some of its experts were full", ", dropped"];

export default async function batchText({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, new URL("batch_text.css", import.meta.url));
  const root = parentElement.querySelector(".batch-text");
  if (!root) return undefined;
  const shape = JSON.stringify(data.sequences.map(({ first, tokens }) => [first, tokens]));
  if (root.view?.shape !== shape) root.view = build(root, data, shape);
  root.view.pick = (token) => setTriggerValue("token", token);
  root.style.setProperty("--lost", data.colour);
  update(root.view, data);
  return undefined; // nothing outlives the nodes
}

function build(root, data, shape) {
  const view = { shape, sequences: [] };
  const grid = el("div", "sequences");
  for (const sequence of data.sequences) {
    const head = el("h4");
    const title = el("b");
    const said = el("span");
    head.append(title, " ", said);
    const text = el("p");
    const tokens = sequence.tokens.map((token, place) =>
      button(view, sequence.first + place, token)
    );
    if (tokens.length) tokens[0].tabIndex = 0;
    text.append(...tokens);
    text.addEventListener("keydown", (event) => walk(tokens, event));
    const node = el("section");
    node.append(head, text);
    grid.append(node);
    view.sequences.push({ title, said, tokens });
  }
  view.caption = el("figcaption");
  root.replaceChildren(grid, view.caption);
  return view;
}

function button(view, index, token) {
  const node = el("button", "token", token);
  node.type = "button";
  node.tabIndex = -1;
  node.addEventListener("click", () => view.pick(index));
  return node;
}

/** Left and right move the focus within the sequence; only the focused token is a tab stop. */
function walk(tokens, event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const to = tokens[tokens.indexOf(event.target) + by];
  if (!to) return;
  event.preventDefault();
  for (const token of tokens) token.tabIndex = token === to ? 0 : -1;
  to.focus();
}

function update(view, data) {
  view.sequences.forEach(({ title, said, tokens }, s) => {
    const sequence = data.sequences[s];
    setText(title, sequence.title);
    setText(said, sequence.said);
    tokens.forEach((node, place) => {
      const state = sequence.states[place];
      const picked = sequence.first + place === data.picked;
      node.className = ["token", CLASSES[state], picked ? "picked" : ""].filter(Boolean).join(" ");
      node.ariaLabel = state ? node.textContent + WORDS[state] : null;
      node.ariaPressed = String(picked);
    });
  });
  setText(view.caption, data.caption);
}
