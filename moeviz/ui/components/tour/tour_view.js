// Which of the page's two halves is shown, the tour or the experiment, and at which step. Pure.

export const LAST = 5;
export const EXPERIMENT = 0; // no step of the tour: the experiment alone
const DONE = "done";

/**
 * The step that an address and a visitor lead to; EXPERIMENT for none. The last step is the
 * experiment with its caption.
 * @param {string} search of the address
 * @param {boolean} plain whether the page's script knows of no run, experiment or knob either
 * @param {string | null} kept what the browser remembers: of `keptOf`
 */
export function stepOf(search, plain, kept) {
  const query = new URLSearchParams(search);
  const named = stepIn(query.get("tour"));
  if (named) return named;
  const own = [...query.keys()].filter((name) => name !== "tour" && !name.startsWith("embed"));
  if (own.length || !plain || kept === DONE) return EXPERIMENT;
  return stepIn(kept) || 1;
}

/** @param {string | null} text */
function stepIn(text) {
  const step = Number(text);
  return Number.isInteger(step) && step >= 1 && step <= LAST ? step : 0;
}

/** What the browser remembers of a visitor at this step. @param {number} step */
export const keptOf = (step) => step === EXPERIMENT || step === LAST ? DONE : String(step);

/** Whether the experiment is shown at this step. @param {number} step */
export const isExperiment = (step) => step === EXPERIMENT || step === LAST;

/**
 * The parts of the picture that a step is about.
 * @param {number} step
 * @param {boolean} guessed whether the reader has tapped an expert, or wants to be told
 * @returns {ReadonlySet<string>}
 */
export const litAt = (step, guessed) => new Set(LIT[step === 3 && guessed ? 0 : step] ?? []);

/** @type {Record<number, string[]>} 0: the third step, once it is answered */
const LIT = {
  0: ["tokens", "vector", "score", "expert", "gate", "plus", "residual", "next"],
  1: ["tokens", "attention", "vector", "network", "plus", "next"],
  2: ["vector", "router", "scores", "experts"],
  3: ["tokens", "router", "scores", "experts"],
  4: ["experts", "expert"],
};

/**
 * The stations that the token passes at a step, by number, in the order of the picture's legs:
 * 0 its place, 1 attention, 2 its vector, 3 the router, 4 its score, 5 the expert, 6 the gate
 * weight, 7 the sum, 8 the next token; `network`: through the one network instead of 3 to 6.
 * @param {number} step
 * @param {boolean} guessed
 */
export function wayAt(step, guessed) {
  if (step === 1) return { from: 0, to: 8, network: true };
  if (step === 2) return { from: 0, to: 3, network: false };
  if (step === 3 && !guessed) return { from: 3, to: 3, network: false };
  return { from: 3, to: 8, network: false };
}
