// What the stage's nodes show: chips and experts' heads, where they stand, the player's state.
// Text by textContent alone.

import { rgbOf, textOn } from "../shared/colours.js";
import { button, el, fillTable, keepCount, setAttribute, setText } from "../shared/shared.js";
import { setProse } from "../shared/term.js";
import { SPEEDS } from "./routing_stage_dom.js";
import { SCENES } from "./routing_stage_facts.js";
import { columnX } from "./routing_stage_layout.js";
import {
  expertName,
  TABLE_HEADER,
  tableCaption,
  tableRows,
  tokenName,
} from "./routing_stage_token.js";

/** @import { Nodes } from "./routing_stage_dom.js" */
/** @import { Facts, Piece, Place, Plan } from "./routing_stage_facts.js" */
/** @import { Frame } from "./routing_stage_layout.js" */
/** @import { Player } from "./routing_stage_player.js" */

const NOTICED_MS = 1500; // a shorter wait needs no words

/**
 * Chips and heads for a new plan: the ones there are stay, so that focus does.
 * @param {Nodes} nodes
 * @param {Facts} facts
 */
export function fill(nodes, facts) {
  const { plan, T, E, pieces } = facts;
  keepCount(nodes.chips, nodes.tokens, T, chip);
  keepCount(nodes.heads, nodes.experts, E, (e) => ({ node: numbered("expert", e) }));
  keepTabStop(nodes.tokens);
  keepTabStop(nodes.experts);
  nodes.chips.setAttribute("aria-label", `${T} tokens`);
  nodes.tokens.forEach(({ node, word }, t) => {
    setText(word, plan.tokens[t]);
    setAttribute(node, "data-piece", placeInWord(pieces[t]));
  });
  nodes.experts.forEach(({ node }, e) => {
    setAttribute(node, "aria-label", expertName(facts, e));
    node.style.setProperty("--colour", plan.colours[e]);
    node.style.setProperty("--on", textOn(rgbOf(plan.colours[e])));
  });
  fillTable(nodes.table, tableCaption(facts), TABLE_HEADER, tableRows(facts));
}

/**
 * Where a token stands in its word, for the bracket above the pieces of one.
 * @param {Piece | null} piece
 */
function placeInWord(piece) {
  if (!piece) return "";
  return piece.piece === 1 ? "first" : piece.piece === piece.pieces ? "last" : "inner";
}

/** @param {number} t */
function chip(t) {
  const node = numbered("chip", t);
  const [word, sign, brace] = [el("span", "token"), el("i", "sign"), el("i", "brace")];
  node.append(word, sign, brace);
  return { node, word, sign };
}

/**
 * @param {string} className
 * @param {number} number
 */
function numbered(className, number) {
  const node = button(className);
  node.dataset.number = String(number);
  node.tabIndex = number ? -1 : 0;
  return node;
}

/**
 * The one that Tab reached may be gone.
 * @param {{node: HTMLElement}[]} items
 */
function keepTabStop(items) {
  if (items.length && !items.some(({ node }) => node.tabIndex === 0)) items[0].node.tabIndex = 0;
}

/**
 * @param {Nodes} nodes
 * @param {Frame} frame
 */
export function place(nodes, frame) {
  const { chips, heads, side, lane } = nodes;
  nodes.sheet.style.width = `${frame.width}px`;
  chips.style.width = `${frame.viewWidth}px`;
  chips.classList.toggle("aligned", frame.aligned);
  nodes.tokens.forEach(({ node }, t) => {
    node.style.left = frame.aligned ? `${columnX(frame, t)}px` : "";
    node.style.width = frame.aligned ? `${frame.column - 2}px` : "";
  });
  const thin = frame.pitch < 8;
  const [left, width] = thin ? [frame.left - 22, 14] : [0, frame.left - 8];
  Object.assign(heads.style, pixels({ top: frame.top, left, width }));
  heads.classList.toggle("thin", thin);
  nodes.experts.forEach(({ node }, e) => {
    node.style.height = `${frame.pitch}px`;
    setText(node, thin ? "" : `${e}`);
    setAttribute(node, "data-beside", thin && e % 8 === 0 ? e : "");
  });
  Object.assign(side.style, pixels({ width: frame.left - 2, height: frame.height }));
  Object.assign(lane.style, pixels({ ...frame.lane, width: frame.left - 6 }));
  nodes.caption.style.setProperty("--left", `${frame.left}px`);
}

/** @param {Record<string, number>} lengths */
const pixels = (lengths) =>
  Object.fromEntries(Object.entries(lengths).map(([name, length]) => [name, `${length}px`]));

/**
 * The name of a chip says all of it; what CSS adds to its text is for the eye.
 * Chips wear their experts once they are chosen; signs once they have moved.
 * @param {Nodes} nodes
 * @param {Facts} facts
 * @param {{revealed: boolean, dispatched: boolean, leading: number | null}} known  leading: the
 *   token that goes first, in the scenes where one does
 * @param {Place} picks
 */
export function dress(nodes, facts, { revealed, dispatched, leading }, picks) {
  const { plan, marks, lost } = facts;
  nodes.tokens.forEach(({ node, sign }, t) => {
    const colours = plan.sent[t].map((e) => plan.colours[e]);
    node.style.setProperty("--stripe", revealed ? stripes(colours) : "none");
    node.style.setProperty("--colour", revealed ? colours[0] : "transparent");
    setAttribute(node, "data-ways", revealed ? plan.sent[t].join("·") : "");
    const signs = dispatched ? marks[t] : "";
    setAttribute(sign, "data-sign", signs);
    node.classList.toggle("lost", dispatched && lost[t]);
    node.classList.toggle("changed", signs !== "");
    node.classList.toggle("picked", picks.token === t);
    node.classList.toggle("leads", leading === t);
    node.classList.toggle("waits", leading !== null && leading !== t);
    setAttribute(node, "aria-pressed", picks.token === t);
    setAttribute(node, "aria-label", tokenName(facts, t, revealed));
    node.title = tokenName(facts, t, revealed);
  });
  nodes.experts.forEach(({ node }, e) => {
    node.classList.toggle("picked", picks.expert === e);
    setAttribute(node, "aria-pressed", picks.expert === e);
  });
}

/** @param {string[]} colours */
function stripes(colours) {
  const part = 100 / colours.length;
  const stops = colours.map((c, i) => `${c} ${i * part}% ${(i + 1) * part}%`);
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

/**
 * Text in which `_x` stands for an index below the line.
 * @param {string} text
 */
const withIndices = (text) =>
  text.split(/_(\w+)/).map((part, i) => (i % 2 ? el("sub", "", part) : part));

/**
 * @param {Nodes} nodes
 * @param {Player} player
 * @param {Plan} plan
 */
export function showPlayer(nodes, player, plan) {
  const { bar } = nodes;
  const scene = plan.scenes[player.scene];
  const name = player.playing ? "Pause" : player.atEnd() ? "Replay" : "Play";
  const label = { Pause: "❚❚", Replay: "↻", Play: "▶" }[name];
  setText(bar.play, `${label} ${name}`);
  setAttribute(bar.play, "aria-label", name);
  bar.back.disabled = player.scene === 0;
  bar.next.disabled = player.scene === SCENES.length - 1;
  bar.speeds.forEach((node, i) => setAttribute(node, "aria-pressed", SPEEDS[i] === player.speed));
  bar.tabs.forEach((node, i) => {
    if (i === player.scene) setAttribute(node, "aria-current", "step");
    else node.removeAttribute("aria-current");
    node.classList.toggle("seen", i < player.scene);
  });
  setText(nodes.title, scene.title);
  setProse(nodes.formula, scene.formula, withIndices);
  setProse(nodes.shapes, scene.shapes, withIndices);
  setProse(nodes.sentence, scene.sentence, withIndices);
  showWait(nodes, player);
}

/**
 * While a scene is read, its picture is still that of the scene before: say so on the picture.
 * @param {Nodes} nodes
 * @param {Player} player
 */
function showWait({ skip, wait }, { phase, running, left, speed }) {
  const reading = phase === "read" && running && left / speed > NOTICED_MS;
  skip.classList.toggle("waiting", reading);
  if (reading) {
    setText(wait, `Read first. The picture moves in ${Math.ceil(left / speed / 1000)} s. `);
  }
}
