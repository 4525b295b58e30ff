// What learns on the start page, in words that stay true whatever knob is turned. Pure.

/** @typedef {import("../channel/run_state.js").Arm} Arm */
/**
 * The parts that the page's script knows.
 * @typedef {object} Learning
 * @property {Record<string, {words: string, strengths: string[]}>} methods
 * @property {Record<string, string>} symbols of the strengths
 * @property {{name: string, label: string, usual: string, titles: Record<string, string>}[]} knobs
 *   that have no words of their own here
 * @property {Record<string, string[]>} built by model, what it was built with beside the defaults
 * @property {string[]} later sentences about what models do by themselves
 */

const MOST_CHANGES = 4;

/**
 * @param {Arm[]} arms
 * @param {Learning} learning
 */
export function learningWords(arms, learning) {
  const routed = arms.filter(({ dense }) => !dense);
  const dense = arms.filter((arm) => arm.dense).map(({ name }) => `${name} has no router.`);
  return [
    opening(arms, learning),
    balancing(routed, learning),
    routing(routed),
    ...changes(routed, learning),
    ...learning.later,
    ...dense,
  ].join(" ");
}

/** @param {Arm[]} arms @param {Learning} learning */
function opening(arms, { built }) {
  if (arms.length === 1) return "A small language model trains here, live.";
  const kinds = new Set(
    arms.map(({ name, dense, n_experts: experts }) =>
      JSON.stringify([dense, experts, built[name]])
    ),
  );
  const [count, start] = arms.length === 2 && kinds.size === 1
    ? ["Two", ": equal at the start, on"]
    : [arms.length, ", on"];
  return `${count} small language models train here, live${start} the same text in the same order.`;
}

/**
 * "A trains without load balancing, B with it (α = 0.01)."
 * @param {Arm[]} arms @param {Learning} learning
 */
function balancing(arms, { methods, symbols }) {
  const words = arms.map(({ knobs }) => {
    const { words, strengths } = methods[knobs.balancer];
    const said = strengths.map((name) => `${symbols[name]} = ${short(knobs[name])}`);
    return said.length ? `${words} (${said.join(", ")})` : words;
  });
  const named = "load balancing";
  const again = words[0]?.includes(named) && !alike(words);
  const told = words.map((each, i) => i > 0 && again ? each.replace(named, "it") : each);
  if (arms.length < 2 || !alike(told)) return `${joined(arms, told, "trains")}.`;
  return `${all(arms)} train ${told[0]}.`;
}

/** "Each has 8 experts and sends a token to 1 of them, with no capacity limit." @param {Arm[]} arms */
function routing(arms) {
  const words = arms.map(({ n_experts: experts, knobs }) => {
    const factor = knobs.capacity_factor;
    const limit = isNaN(Number(factor)) ? "no capacity limit" : `capacity factor ${short(factor)}`;
    return `${experts} experts and sends a token to ${knobs.top_k} of them, with ${limit}`;
  });
  return alike(words) && arms.length > 1
    ? `Each has ${words[0]}.`
    : `${joined(arms, words, "has", "; ")}.`;
}

/**
 * What else is not at its default: of all models, then of each.
 * @param {Arm[]} arms @param {Learning} learning
 */
function changes(arms, { knobs, built }) {
  const of = arms.map((arm) => [
    ...built[arm.name] ?? [],
    ...knobs.filter(({ name, usual }) => arm.knobs[name] !== usual).map(
      ({ name, label, titles }) =>
        `${label} = ${titles[arm.knobs[name]] ?? short(arm.knobs[name])}`,
    ),
  ]);
  const shared = of[0]?.filter((each) => of.every((own) => own.includes(each))) ?? [];
  return [
    changed(arms.length > 1 ? ` in ${all(arms).toLowerCase()}` : "", shared),
    ...arms.map(({ name }, i) =>
      changed(` in model ${name}`, of[i].filter((each) => !shared.includes(each)))
    ),
  ].filter(Boolean);
}

/** @param {string} where @param {string[]} texts */
function changed(where, texts) {
  if (!texts.length) return "";
  const more = texts.length - MOST_CHANGES;
  const told = more > 0 ? [...texts.slice(0, MOST_CHANGES), `${more} more`] : texts;
  return `Changed${where}: ${told.join(", ")}.`;
}

/** @param {Arm[]} arms */
const all = ({ length }) => length === 2 ? "Both" : "All";

/** A value without zeros that say nothing. @param {string} text */
const short = (text) => isNaN(Number(text)) ? text : String(Number(text));

/** @param {string[]} words */
const alike = (words) => new Set(words).size === 1;

/** @param {Arm[]} arms @param {string[]} words @param {string} verb @param {string} [between] */
const joined = (arms, words, verb, between = ", ") =>
  arms.map(({ name }, i) => `${name} ${i ? "" : `${verb} `}${words[i]}`).join(between);
