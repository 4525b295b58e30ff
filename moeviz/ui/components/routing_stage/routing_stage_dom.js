// The stage's nodes: controls, words, picture, table. Text by textContent alone.

import { button as plainButton, el, foldedTable } from "../shared/shared.js";
import { SCENES } from "./routing_stage_facts.js";

/** @typedef {{node: HTMLElement, word: HTMLElement, sign: HTMLElement}} Chip */

/**
 * What the reader can do.
 *
 * @typedef {object} Deeds
 * @property {() => void} play
 * @property {() => void} back
 * @property {() => void} next
 * @property {() => void} first
 * @property {() => void} last
 * @property {() => void} skip
 * @property {(speed: number) => void} speed
 * @property {(scene: number) => void} jump
 * @property {(token: number) => void} pickToken
 * @property {(expert: number) => void} pickExpert
 * @property {(token: number | null, expert: number | null) => void} point
 */

/** @typedef {ReturnType<typeof build>} Nodes */

export const SPEEDS = [0.5, 1, 2];

/**
 * @param {HTMLElement} root
 * @param {Deeds} does
 */
export function build(root, does) {
  const nodes = { bar: controls(does), ...words(), ...picture(does), ...foot() };
  const empty = el("p", "empty", "Type a text to route it through the layer.");
  const body = el("div", "body");
  body.append(nodes.bar.node, nodes.words, nodes.window, nodes.foot);
  root.replaceChildren(empty, body);
  listen(nodes.chips, does.pickToken, (token) => does.point(token, null));
  listen(nodes.heads, does.pickExpert, (expert) => does.point(null, expert));
  return { ...nodes, empty, body };
}

/**
 * @param {string} className
 * @param {string | null} text
 * @param {string | null} label
 * @param {() => void} onClick
 */
function button(className, text, label, onClick) {
  const node = plainButton(className, text);
  if (label) node.setAttribute("aria-label", label);
  node.addEventListener("click", onClick);
  return node;
}

/** @param {Deeds} does */
function controls(does) {
  const node = el("div", "bar");
  const play = button("play", "Play", null, does.play);
  const back = button("step", "‹", "Previous scene", does.back);
  const next = button("step", "›", "Next scene", does.next);
  const speeds = SPEEDS.map((speed) =>
    button("speed", `${speed}×`, `Speed ${speed}×`, () => does.speed(speed))
  );
  const choice = el("div", "speeds");
  choice.setAttribute("role", "group");
  choice.setAttribute("aria-label", "Speed");
  choice.append(...speeds);
  const tabs = SCENES.map((name, scene) => tab(name, scene, does));
  const scenes = el("div", "scenes");
  scenes.setAttribute("role", "group");
  scenes.setAttribute("aria-label", "Scenes");
  scenes.append(...tabs);
  node.append(play, back, next, scenes, choice);
  return { node, play, back, next, speeds, tabs };
}

/**
 * @param {string} name
 * @param {number} scene
 * @param {Deeds} does
 */
function tab(name, scene, does) {
  const node = button("scene", null, null, () => does.jump(scene));
  const word = name[0].toUpperCase() + name.slice(1);
  node.setAttribute("aria-label", `${scene + 1} ${word}`);
  node.append(el("b", "", `${scene + 1} `), el("span", "", word), el("i", "done"));
  return node;
}

function words() {
  const [node, head] = [el("div", "words"), el("div", "head")];
  const [title, formula, shapes] = [el("h2"), el("span", "formula"), el("span", "shapes")];
  const sentence = el("p", "sentence");
  sentence.setAttribute("aria-live", "polite");
  const moment = el("span", "moment");
  head.append(title, formula, shapes, moment);
  node.append(head, sentence);
  return { words: node, title, formula, shapes, moment, sentence };
}

/** @param {Deeds} does */
function picture(does) {
  const [window, sheet, pane] = [el("div", "window"), el("div", "sheet"), el("div", "picture")];
  const [chips, heads, caption, canvas] = [
    el("div", "chips"),
    el("div", "heads"),
    el("p", "caption"),
    el("canvas"),
  ];
  chips.setAttribute("role", "group");
  heads.setAttribute("role", "group");
  heads.setAttribute("aria-label", "Experts");
  canvas.setAttribute("role", "img");
  const lane = el("span", "lane-name", "residual");
  const side = el("div", "side");
  side.append(heads, lane);
  const [skip, wait] = [button("skip", null, null, does.skip), el("span")];
  skip.append(wait, el("b", "", "Show it now"));
  pane.append(canvas, caption, side, skip);
  sheet.append(chips, pane);
  window.append(sheet);
  return {
    ...{ window, sheet, chips, heads, caption, canvas, side, lane, skip, wait },
    tokens: /** @type {Chip[]} */ ([]), // in `chips`
    experts: /** @type {{node: HTMLElement}[]} */ ([]), // in `heads`
  };
}

function foot() {
  const [node, readout] = [el("div", "foot"), el("p", "readout")];
  const { details, scroll, table } = foldedTable();
  scroll.tabIndex = 0;
  node.append(readout, details);
  return { foot: node, readout, table };
}

/**
 * One listener a group: the buttons come and go with the plan.
 * @param {HTMLElement} group
 * @param {(number: number) => void} pick
 * @param {(number: number | null) => void} point
 */
function listen(group, pick, point) {
  group.addEventListener("click", ({ target }) => {
    const number = numberOf(target);
    if (number !== null) pick(number);
  });
  for (const name of ["pointerover", "focusin"]) {
    group.addEventListener(name, ({ target }) => point(numberOf(target)));
  }
  for (const name of ["pointerleave", "focusout"]) group.addEventListener(name, () => point(null));
}

/** @param {EventTarget | null} target */
function numberOf(target) {
  const node = target instanceof Element ? target.closest("button") : null;
  return node ? Number(node.dataset.number) : null;
}
