// One token of the stage in words and as a row of the table.

import { number, percent } from "../shared/shared.js";
import { markWords } from "./routing_stage_facts.js";

/** @import { Facts, Piece, Plan } from "./routing_stage_facts.js" */

/** What pressing a token or an expert does. */
const PRESS = "Press to inspect.";

/**
 * What the button of a token is called.
 * @param {Facts} facts
 * @param {number} t
 * @param {boolean} revealed  whether its experts are known yet
 */
export const tokenName = (facts, t, revealed) => `${tokenWords(facts, t, revealed)}. ${PRESS}`;

/**
 * What the button of an expert is called.
 * @param {Facts} facts
 * @param {number} e
 */
export const expertName = (facts, e) => `${expertWords(facts, e)}. ${PRESS}`;

/**
 * @param {Facts} facts
 * @param {number} e
 */
export function expertWords({ load, kept }, e) {
  const assignments = load[e] === 1 ? "1 assignment" : `${load[e]} assignments`;
  const dropped = load[e] - kept[e];
  return `Expert ${e}: ${assignments}${dropped ? `, ${dropped} of them dropped` : ""}`;
}

/**
 * One token, its position in the text and its experts in words.
 * @param {Facts} facts
 * @param {number} t
 * @param {boolean} revealed  whether its experts are known yet
 */
export function tokenWords({ plan, signs, starts, pieces }, t, revealed) {
  const name = `Token “${plan.tokens[t]}”, position ${t}${pieceWords(pieces[t])}`;
  if (!revealed) return name;
  const ways = plan.sent[t].map((e, k) => {
    const news = markWords(signs[starts[t] + k]);
    const fate = plan.kept[t][k] || news.includes("dropped") ? "" : "dropped";
    const facts = [fate, news].filter(Boolean).join(", ");
    return `expert ${e}${facts ? ` (${facts})` : ""}`;
  });
  const gone = (plan.changed?.gone ?? []).filter(([token]) => token === t);
  const left = gone.map(([, e]) => `expert ${e} (no longer chosen)`);
  return `${name}: ${[...ways, ...left].join(", ")}`;
}

/** @param {Piece | null} piece */
const pieceWords = (piece) =>
  piece ? `, piece ${piece.piece} of ${piece.pieces} of “${piece.word}”` : "";

/**
 * What the pointer is on, with its numbers.
 * @param {Facts} facts
 * @param {number} t
 * @param {number} e
 */
export function cellWords({ plan }, t, e) {
  const scores = [
    `logit ${number(plan.logits[t][e])}`,
    `${plan.score_name} ${number(plan.scores[t][e])}`,
    ...rankWords(plan, t, e),
  ];
  const assignment = assignmentWords(plan, t, plan.sent[t].indexOf(e));
  return `“${plan.tokens[t]}” at expert ${e}: ${scores.join(", ")}${assignment}`;
}

/**
 * @param {Plan} plan
 * @param {number} t
 * @param {number} e
 */
function rankWords({ ranked }, t, e) {
  if (!ranked) return [];
  const by = ranked[t][e];
  return [by === null ? "not allowed" : `ranked by ${number(by)}`];
}

/**
 * @param {Plan} plan
 * @param {number} t
 * @param {number} k
 */
function assignmentWords(plan, t, k) {
  if (k < 0) return "";
  return `. Preference ${k}, gate weight ${number(plan.gates[t][k])}, ${fateWords(plan, t, k)}`;
}

/**
 * @param {Plan} plan
 * @param {number} t
 * @param {number} k
 */
function fateWords({ capacity, kept, place }, t, k) {
  if (!kept[t][k]) return "dropped because no capacity slot is left";
  if (capacity === null) return `queue position ${place[t][k] + 1}`;
  return `capacity slot ${place[t][k] + 1} of ${capacity}`;
}

/**
 * @param {Facts} facts
 * @param {number} t
 */
export function shareWords({ plan, shares, lost }, t) {
  const added = lost[t] ? "dropped, nothing is added" : `|y| is ${percent(shares[t])} of |x|`;
  return `“${plan.tokens[t]}”: ${added}`;
}

export const TABLE_HEADER = [
  "Position",
  "Token",
  "Experts",
  "Gate weights",
  "Queue positions",
  "Kept",
  "|y| ÷ |x|",
];

/** @param {Facts} facts */
export const tableCaption = ({ T, E }) =>
  `${T} tokens and ${E} experts. Queue positions count from 1. |y| ÷ |x| is the length of the ` +
  "layer's output y relative to the residual stream x.";

/**
 * @param {Facts} facts
 * @returns {string[][]}
 */
export function tableRows({ plan, shares }) {
  /** @param {(string | number)[]} values */
  const list = (values) => values.join(", ");
  return plan.tokens.map((token, t) => [
    `${t}`,
    token,
    list(plan.sent[t].map((e, k) => (e === plan.chosen[t][k] ? e : `${plan.chosen[t][k]} → ${e}`))),
    list(plan.gates[t].map((gate) => gate.toFixed(3))),
    list(plan.place[t].map((place) => place + 1)),
    list(plan.kept[t].map((kept) => (kept ? "yes" : "no"))),
    shares[t].toFixed(3),
  ]);
}
