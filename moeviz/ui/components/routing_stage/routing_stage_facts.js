// What follows from a plan alone: loads, assignments without a slot, experts that were passed over.
// An assignment is a token and one of its experts, numbered token by token. Knows nothing of pixels.

/**
 * From `analysis.routing_stage.stage_plan`: T tokens, E experts, at most K experts a token.
 *
 * @typedef {object} Plan
 * @property {string} rev  another one for another content
 * @property {number} step
 * @property {string[]} tokens  T
 * @property {[number, number, string][]} [words]  those in several tokens: from, up to but not with,
 *   and the word
 * @property {number} [lead]  the token that goes first
 * @property {number[]} sequence  T: the sequence that each token is of
 * @property {number} n_experts
 * @property {number} top_k
 * @property {number | null} capacity  slots of one expert; null: dropless
 * @property {string[]} colours  E
 * @property {number[][]} logits  T × E
 * @property {number[][]} scores  T × E
 * @property {string} score_name  what `scores` are: "probability" or "score"
 * @property {(number | null)[][] | null} ranked  T × E: what top-k ranked, null where it may not be
 *   chosen; null as a whole: `scores`
 * @property {number[][]} chosen  by token and preference
 * @property {number[][]} sent  by token and preference: where it went: another expert than the chosen one where it was re-routed
 * @property {number[][]} gates  by token and preference
 * @property {number[][]} place  by token and preference: in the expert's queue, from 0
 * @property {boolean[][]} kept  by token and preference: found a slot
 * @property {number[]} out_norm  T: |y|
 * @property {number[]} residual_norm  T: |x|
 * @property {{title: string, formula: string, shapes: string, sentence: string}[]} scenes
 * @property {Changed | null} changed  since the plan before; null: nothing to compare with
 * @property {number} [trained_since]  steps since that plan
 * @property {number} [story]  equal for answers to the same question
 * @property {string} [moment]  how it follows a model that trains; "": it does not
 */

/** @typedef {Record<"moved" | "dropped" | "kept" | "new" | "gone", [number, number][]>} Changed */

/**
 * @typedef {object} Assignment
 * @property {number} token
 * @property {number} k
 * @property {number} chosen
 * @property {number} sent
 * @property {boolean} detour  sent elsewhere than chosen
 * @property {number} gate
 * @property {number} place  in the queue where it ends
 * @property {number} waits  in the queue where it first stands
 * @property {boolean} kept
 */

/** @typedef {ReturnType<typeof factsOf>} Facts */

/** @typedef {{token: number | null, expert: number | null}} Place  null: none */

export const SCENES = [
  "arrive",
  "score",
  "select",
  "weigh",
  "dispatch",
  "compute",
  "combine",
  "residual",
];
export const [ARRIVE, SCORE, SELECT, WEIGH, DISPATCH, COMPUTE, COMBINE, RESIDUAL] = SCENES.keys();

/** @param {Plan} plan */
export function factsOf(plan) {
  const [T, E, K] = [plan.tokens.length, plan.n_experts, plan.top_k];
  const assignments = plan.sent.flatMap((row, token) =>
    row.map((_, k) => assignmentOf(plan, token, k))
  );
  const load = countBy(assignments, E, () => true);
  const kept = countBy(assignments, E, (assignment) => assignment.kept);
  standInLine(assignments, load, plan.capacity);
  const starts = startsOf(plan.sent);
  const signs = signsOf(plan.changed, assignments.length, starts);
  return {
    plan,
    T,
    E,
    K,
    assignments,
    load,
    kept,
    detours: assignments.some((assignment) => assignment.detour),
    drops: assignments.some((assignment) => !assignment.kept),
    longest: Math.max(0, ...assignments.map((assignment) => assignment.place)) + 1,
    sums: plan.gates.map((row) => row.reduce((sum, gate) => sum + gate, 0)),
    lost: plan.kept.map((row) => !row.some(Boolean)),
    shares: plan.out_norm.map((norm, t) => ratio(norm, plan.residual_norm[t])),
    passedOver: passedOver(plan),
    starts,
    signs,
    marks: marksOf(signs, starts),
    pieces: piecesOf(plan),
  };
}

/** @typedef {{piece: number, pieces: number, word: string}} Piece  the piece counts from 1 */

/**
 * For each token which piece of which word it is; null for a token that is a whole word or none.
 * @param {Plan} plan
 * @returns {(Piece | null)[]}
 */
function piecesOf({ tokens, words = [] }) {
  /** @type {(Piece | null)[]} */
  const pieces = tokens.map(() => null);
  for (const [start, end, word] of words) {
    for (let t = start; t < end; t++) {
      pieces[t] = { piece: t - start + 1, pieces: end - start, word };
    }
  }
  return pieces;
}

/**
 * The token that goes first from the scores to the gate weights: the picked one, else the plan's.
 * @param {Plan} plan
 * @param {{token: number | null}} picks
 */
export const leadOf = (plan, picks) => picks.token ?? plan.lead ?? 0;

/**
 * @param {number} norm
 * @param {number} whole
 */
const ratio = (norm, whole) => whole > 0 ? norm / whole : 0;

/**
 * @param {Plan} plan
 * @param {number} token
 * @param {number} k
 * @returns {Assignment}
 */
function assignmentOf(plan, token, k) {
  const [chosen, sent] = [plan.chosen[token][k], plan.sent[token][k]];
  return {
    token,
    k,
    chosen,
    sent,
    detour: chosen !== sent,
    gate: plan.gates[token][k],
    place: plan.place[token][k],
    waits: plan.place[token][k],
    kept: plan.kept[token][k],
  };
}

/**
 * @param {Assignment[]} assignments
 * @param {number} E
 * @param {(assignment: Assignment) => boolean} wanted
 * @returns {number[]}
 */
function countBy(assignments, E, wanted) {
  const counts = new Array(E).fill(0);
  for (const assignment of assignments) if (wanted(assignment)) counts[assignment.sent] += 1;
  return counts;
}

/**
 * An assignment first stands at its place; one that is sent on, at the end of the line that refused it.
 * @param {Assignment[]} assignments
 * @param {number[]} load
 * @param {number | null} capacity
 */
function standInLine(assignments, load, capacity) {
  const behind = load.map((count) => Math.max(count, capacity ?? 0));
  for (const assignment of assignments) {
    if (assignment.detour) assignment.waits = behind[assignment.chosen]++;
  }
}

/**
 * Cells (t, e) among the K of the highest scores that were not chosen: a bias or a rule decided.
 * @param {Plan} plan
 */
function passedOver(plan) {
  if (!plan.ranked) return [];
  return plan.scores.flatMap((row, token) => {
    const best = row
      .map((_, e) => e)
      .sort((a, b) => row[b] - row[a])
      .slice(0, plan.chosen[token].length);
    const least = Math.min(...plan.chosen[token].map((e) => row[e]));
    return best
      .filter((e) => !plan.chosen[token].includes(e) && row[e] > least)
      .map((expert) => ({ token, expert }));
  });
}

/**
 * Where each token's assignments begin in the list of all, and where the list ends.
 * @param {number[][]} sent
 */
const startsOf = (sent) =>
  sent.reduce((starts, row, token) => [...starts, starts[token] + row.length], [0]);

/**
 * For each assignment the signs of what changed since the plan before.
 * @param {Changed | null} changed
 * @param {number} count
 * @param {number[]} starts
 * @returns {string[]}
 */
function signsOf(changed, count, starts) {
  const signs = new Array(count).fill("");
  if (!changed) return signs;
  /** @type {(sign: string, assignments: [number, number][]) => void} */
  const add = (sign, assignments) =>
    assignments.forEach(([t, k]) => (signs[starts[t] + k] += sign));
  add("↷", changed.moved);
  add("×", changed.dropped);
  add("+", changed.kept);
  add(NEW, changed.new);
  return signs;
}

/**
 * For each token the signs that its chip wears, each once. What another k did it did to every
 * token: that tells none apart, and would cover them all.
 * @param {string[]} signs
 * @param {number[]} starts
 */
function marksOf(signs, starts) {
  return starts.slice(1).map((end, t) => {
    const own = signs.slice(starts[t], end).join("");
    return [...new Set(own.replaceAll(NEW, ""))].join("");
  });
}

/** The sign of what a larger k adds: it stands from the selection on, the others from the queues on. */
export const NEW = "◆";

/** @type {Record<string, string>} */
export const MARK_WORDS = {
  "↷": "moved",
  "×": "newly dropped",
  "+": "newly kept",
  [NEW]: "newly chosen",
};

/** @param {string} marks */
export const markWords = (marks) => [...marks].map((sign) => MARK_WORDS[sign]).join(", ");

/**
 * @param {Assignment} assignment
 * @param {Place} picks
 */
export const isPicked = (assignment, picks) =>
  assignment.token === picks.token || assignment.sent === picks.expert;
