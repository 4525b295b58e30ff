// What follows from a plan alone: loads, slots without a seat, choices that something overruled,
// words for one token. A slot is one token's k-th choice, numbered t·K + k. Knows nothing of pixels.

import { number, percent } from "../shared/shared.js";

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

export function factsOf(plan) {
  const [T, E, K] = [plan.tokens.length, plan.n_experts, plan.top_k];
  const slots = Array.from({ length: T * K }, (_, i) => slotOf(plan, Math.floor(i / K), i % K));
  const load = countBy(slots, E, () => true);
  const kept = countBy(slots, E, (slot) => slot.kept);
  standInLine(slots, load, plan.capacity);
  const signs = signsOf(plan.changed, T, K);
  return {
    plan,
    T,
    E,
    K,
    slots,
    load,
    kept,
    detours: slots.some((slot) => slot.detour),
    drops: slots.some((slot) => !slot.kept),
    longest: Math.max(0, ...slots.map((slot) => slot.place)) + 1,
    sums: plan.gates.map((row) => row.reduce((sum, gate) => sum + gate, 0)),
    lost: plan.kept.map((row) => !row.some(Boolean)),
    shares: plan.out_norm.map((
      norm,
      t,
    ) => (plan.residual_norm[t] > 0 ? norm / plan.residual_norm[t] : 0)),
    passedOver: passedOver(plan),
    signs,
    marks: marksOf(signs, T, K),
  };
}

function slotOf(plan, token, k) {
  const [chosen, sent] = [plan.chosen[token][k], plan.sent[token][k]];
  return {
    token,
    k,
    chosen,
    sent,
    detour: chosen !== sent,
    gate: plan.gates[token][k],
    place: plan.place[token][k],
    kept: plan.kept[token][k],
  };
}

function countBy(slots, E, wanted) {
  const counts = new Array(E).fill(0);
  for (const slot of slots) if (wanted(slot)) counts[slot.sent] += 1;
  return counts;
}

/** Where a slot first stands: its place, or at the end of the line where it was refused. */
function standInLine(slots, load, capacity) {
  const behind = load.map((count) => Math.max(count, capacity ?? 0));
  for (const slot of slots) slot.waits = slot.detour ? behind[slot.chosen]++ : slot.place;
}

/** Cells (t, e) among the K of the highest scores that were not chosen: a bias or a rule decided. */
function passedOver(plan) {
  if (!plan.ranked) return [];
  return plan.probs.flatMap((row, token) => {
    const best = row
      .map((_, e) => e)
      .sort((a, b) => row[b] - row[a])
      .slice(0, plan.top_k);
    const least = Math.min(...plan.chosen[token].map((e) => row[e]));
    return best
      .filter((e) => !plan.chosen[token].includes(e) && row[e] > least)
      .map((expert) => ({ token, expert }));
  });
}

/** For each slot the signs of what changed since the plan before. */
function signsOf(changed, T, K) {
  const signs = new Array(T * K).fill("");
  if (!changed) return signs;
  const add = (sign, slots) => slots.forEach(([t, k]) => (signs[t * K + k] += sign));
  add("↷", changed.moved);
  add("×", changed.dropped);
  add("+", changed.seated);
  add(NEW, changed.new);
  return signs;
}

/** For each token the signs that its chip wears, each once. What another k did it did to every
 *  token: that tells none apart, and would cover them all. */
function marksOf(signs, T, K) {
  return Array.from({ length: T }, (_, t) => {
    const own = signs.slice(t * K, t * K + K).join("");
    return [...new Set(own.replaceAll(NEW, ""))].join("");
  });
}

/** The sign of what a larger k chose: it stands from the choice on, the others from the queues on. */
export const NEW = "◆";

export const MARK_WORDS = {
  "↷": "moved",
  "×": "newly dropped",
  "+": "newly seated",
  [NEW]: "new",
};

export const markWords = (marks) => [...marks].map((sign) => MARK_WORDS[sign]).join(", ");

export const isPicked = (slot, picks) => slot.token === picks.token || slot.sent === picks.expert;

/** One token and its experts in words: what a chip is called. */
export function tokenWords({ plan, signs, K }, t, revealed) {
  const name = `token ${t}, “${plan.tokens[t]}”`;
  if (!revealed) return name;
  const ways = plan.sent[t].map((e, k) => {
    const news = markWords(signs[t * K + k]);
    const fate = plan.kept[t][k] || news.includes("dropped") ? "" : "dropped";
    const facts = [fate, news].filter(Boolean).join(", ");
    return `expert ${e}${facts ? ` (${facts})` : ""}`;
  });
  const gone = (plan.changed?.gone ?? []).filter(([token]) => token === t);
  const left = gone.map(([, e]) => `expert ${e} (no longer chosen)`);
  return `${name}; ${[...ways, ...left].join(", ")}`;
}

/** What the pointer is on, with its numbers. */
export function cellWords({ plan }, t, e) {
  const ranked = plan.ranked?.[t][e];
  const rank = plan.ranked
    ? `, ranked by ${ranked === null ? "nothing: not allowed" : number(ranked)}`
    : "";
  const scores = `logit ${number(plan.logits[t][e])}, ${plan.score_name} ${
    number(plan.probs[t][e])
  }${rank}`;
  return `“${plan.tokens[t]}” at expert ${e}: ${scores}${
    slotWords(plan, t, plan.sent[t].indexOf(e))
  }`;
}

function slotWords(plan, t, k) {
  if (k < 0) return "";
  const seat = plan.capacity === null ? "" : ` of ${plan.capacity}`;
  const fate = plan.kept[t][k] ? `seat ${plan.place[t][k] + 1}${seat}` : "no seat, dropped";
  return ` · choice ${k + 1}, gate weight ${number(plan.gates[t][k])}, ${fate}`;
}

export function shareWords({ plan, shares, lost }, t) {
  const added = lost[t] ? "dropped, nothing is added" : `y is ${percent(shares[t])} as long as x`;
  return `“${plan.tokens[t]}”: ${added}`;
}

export const TABLE_HEADER = ["#", "Token", "Expert", "Gate weight", "Place", "Kept", "|y| ÷ |x|"];

export function tableRows({ plan, shares }) {
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
