// What a tab knows of a run: records that build upon each other, kept as plain arrays.
//
// Pure: knows neither sockets nor the page. A history comes in blocks of steps; a record replaces
// the blocks from its first one on.

/**
 * @typedef {Object} Words
 * @property {string} verdict
 * @property {string} heading
 * @property {string} sentence
 * @property {number} since
 * @property {number} layer that they are about
 * @property {string} effective
 * @property {string} measures
 * @property {Omit<Words, "layers">[]} [layers] about each layer, where a page shows one at a time
 *
 * @typedef {Object} Arm
 * @property {string} name
 * @property {string} summary
 * @property {boolean} dense
 * @property {number} n_experts
 * @property {number} n_layers
 * @property {number | null} capacity_share
 * @property {string[]} colours of its experts
 * @property {Record<string, string>} knobs in force, as text
 * @property {Record<string, string>} starts the same without changes that were scheduled
 * @property {Record<string, string>} ignored knobs without effect at present, and why
 * @property {Record<string, string>} usual strengths left at a default that the balancer does not
 *   usually have, and what is usual
 * @property {number | null} off_since the step after which load balancing was switched off
 * @property {string[]} scheduled knobs that the run changes by itself, or has changed
 * @property {Record<string, any>} latest the last step's measures
 * @property {Words | null} words
 * @property {{stride: number, columns: Record<string, any[]>}} lines by column; a column of parts is
 *   a list of lists
 * @property {{stride: number, bytes: number[][]}} load each block's bytes, layer by layer
 *
 * @typedef {Object} RunState
 * @property {string} run
 * @property {number} revision
 * @property {number} step of the last record
 * @property {number} ticket of the last change of knobs that it knows
 * @property {string} state "starting", "running", "pausing", "paused", "finished", "failed",
 *   "recovering"
 * @property {boolean} begun whether it ever made a step, or was asked to make one
 * @property {boolean} trains whether it trains, or is on the way to
 * @property {boolean} atRest
 * @property {string} reason
 * @property {string} notice
 * @property {string} experiment the named one that the run is, or ""
 * @property {number} rate tokens per second
 * @property {number} models that train on the machine
 * @property {number[]} checkpoints
 * @property {[number, string][]} marks
 * @property {{claim: string, outcome: string, evidence: string}[]} verdicts
 * @property {Arm[]} arms
 */

/**
 * The state after a record; null when the record builds on something that the state is not.
 * @param {RunState | null} before
 * @param {any} record
 * @returns {RunState | null}
 */
export function applied(before, record) {
  const { after } = record;
  if (after !== null) {
    if (!before || before.revision !== after[0] || before.step !== after[1]) return null;
  }
  const base = after === null ? null : before;
  return {
    run: record.run,
    revision: record.revision,
    step: record.step,
    ticket: record.ticket ?? 0,
    state: record.state,
    begun: record.begun,
    trains: record.trains,
    atRest: record.at_rest,
    reason: record.reason,
    notice: record.notice,
    experiment: record.experiment,
    rate: record.rate,
    models: record.models,
    checkpoints: record.checkpoints,
    marks: record.marks ?? base?.marks ?? [],
    verdicts: record.verdicts ?? base?.verdicts ?? [],
    arms: Object.entries(record.arms).map(([name, told]) =>
      armAfter(base?.arms.find((arm) => arm.name === name) ?? null, name, told)
    ),
  };
}

/**
 * @param {Arm | null} before
 * @param {string} name
 * @param {any} told
 * @returns {Arm}
 */
function armAfter(before, name, told) {
  return {
    ...(before ?? NOT_DESCRIBED),
    ...described(told),
    name,
    summary: told.summary ?? before?.summary ?? "",
    latest: told.latest ?? before?.latest ?? {},
    words: told.words ?? before?.words ?? null,
    lines: told.lines ? linesAfter(before?.lines, told.lines) : (before?.lines ?? NO_LINES),
    load: told.load ? loadAfter(before?.load, told.load) : (before?.load ?? NO_LOAD),
  };
}

const NOT_DESCRIBED = {
  dense: false,
  n_experts: 0,
  n_layers: 0,
  capacity_share: null,
  colours: [],
  knobs: {},
  starts: {},
  ignored: {},
  usual: {},
  off_since: null,
  scheduled: [],
};
const NO_LINES = { stride: 1, columns: {} };
const NO_LOAD = { stride: 1, bytes: [] };

/** @param {any} told */
function described(told) {
  const names = Object.keys(NOT_DESCRIBED).filter((name) => name in told);
  return Object.fromEntries(names.map((name) => [name, told[name]]));
}

/**
 * @param {Arm["lines"] | undefined} before
 * @param {{stride: number, first: number, columns: Record<string, any[]>}} told
 */
function linesAfter(before, { stride, first, columns }) {
  const joined = Object.entries(columns).map(([name, values]) => {
    const kept = before?.columns[name];
    const parts = Array.isArray(values[0])
      ? values.map((part, i) => [...(kept?.[i] ?? []).slice(0, first), ...part])
      : [...(kept ?? []).slice(0, first), ...values];
    return [name, parts];
  });
  return { stride, columns: Object.fromEntries(joined) };
}

/**
 * @param {Arm["load"] | undefined} before
 * @param {{stride: number, first: number, blocks: number, bytes: string}} told
 */
function loadAfter(before, { stride, first, blocks, bytes }) {
  const all = Array.from(atob(bytes), (character) => character.charCodeAt(0));
  const size = blocks ? all.length / blocks : 0;
  const fresh = Array.from({ length: blocks }, (_, b) => all.slice(b * size, (b + 1) * size));
  return { stride, bytes: [...(before?.bytes ?? []).slice(0, first), ...fresh] };
}

/** The step in the middle of each block, where its mean is drawn.
 * @param {number} stride @param {number} count @returns {number[]} */
export const centres = (stride, count) =>
  Array.from({ length: count }, (_, b) => b * stride + (stride + 1) / 2);

/** The share of load of a layer's expert in a block.
 * @param {Arm} arm @param {number} layer @param {number} expert @param {number} block */
export function loadShare(arm, layer, expert, block) {
  const code = arm.load.bytes[block]?.[layer * arm.n_experts + expert] ?? 0;
  return (code / 255) ** 2;
}
