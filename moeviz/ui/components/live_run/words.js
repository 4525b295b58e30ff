// How a run stands, in words. Pure.

/** @typedef {import("../channel/run_state.js").RunState} RunState */
/** @typedef {import("../channel/channel.js").Status} Status */

/** @type {Record<string, string>} */
const STATES = {
  starting: "Getting ready",
  running: "Training",
  pausing: "Pausing",
  paused: "Paused",
  finished: "Finished",
  failed: "Failed",
  recovering: "Recovering",
};

/** @param {RunState | null} state */
export const ended = (state) => state !== null && ["finished", "failed"].includes(state.state);

/**
 * State, step, speed, who shares the machine, and what befell the worker, in one line.
 * @param {RunState | null} state
 * @returns {string}
 */
export function statusLine(state) {
  if (!state) return "Connecting";
  if (!state.begun && !ended(state)) {
    return ["Not started", state.notice].filter(Boolean).join(" · ");
  }
  const words = [STATES[state.state] + (state.reason ? `: ${state.reason}` : "")];
  if (!new RegExp(`\\bstep ${state.step}\\b`).test(state.reason)) {
    words.push(`step ${state.step.toLocaleString("en")}`);
  }
  if (state.state === "running" && state.rate) {
    words.push(`${state.rate.toLocaleString("en")} tokens/s`);
  }
  const own = state.arms.length;
  if (state.trains && state.models > own) {
    words.push(`${state.models} models share this machine`);
  }
  if (state.notice) words.push(state.notice);
  return words.join(" · ");
}

/**
 * What a fork has led to, and where the run is that it was made from.
 * @param {number} step of the fork
 * @param {number} left the step of the run that was left
 */
export function forkWords(step, left) {
  const [at, of] = [step, left].map((each) => each.toLocaleString("en"));
  return `This is a new run, forked at step ${at} from the run that is paused at step ${of}. Use Back in the browser to return to that run.`;
}

/**
 * What stands where a model without a step has nothing to show.
 * @param {RunState} state
 * @param {string} waits of a run that waits for its start
 */
export function noStepWords(state, waits) {
  if (state.state === "recovering") return "Repeating steps after a restart";
  return state.begun ? "No step yet" : waits;
}

/**
 * What a restart of the server did to a run that a page shows; "" where nothing was lost.
 * @param {RunState} before
 * @param {RunState} after
 * @returns {string}
 */
export function restartWords(before, after) {
  const lost = lostKnobs(before, after);
  const words = afterRestart(before, after);
  return lost ? `${words || "The server restarted."} ${lost}` : words;
}

/** @param {RunState} before @param {RunState} after */
function afterRestart(before, after) {
  const rest = after.trains ? "" : ` Press ${after.step ? "Resume" : "Start"} to continue.`;
  const [step, reached] = [after.step, before.step].map((each) => each.toLocaleString("en"));
  const said = "The server restarted. The run";
  if (after.step === before.step) {
    return before.trains && rest ? `${said} is paused at step ${step}.${rest}` : "";
  }
  if (after.step > before.step) return "";
  return after.step
    ? `${said} continues from step ${step}: steps after that, up to ${reached}, were not saved.${rest}`
    : `${said} begins again at step 0: its ${reached} steps were not saved.${rest}`;
}

const MOST_LOST = 4;

/**
 * Which knobs, turned by hand, are not as a page showed them; "" where all are.
 * @param {Pick<RunState, "arms" | "marks">} before
 * @param {Pick<RunState, "arms" | "marks">} after
 */
export function lostKnobs(before, after) {
  const differ = before.arms.some(({ name, starts }) => {
    const now = after.arms.find((arm) => arm.name === name)?.starts ?? starts;
    return Object.entries(starts).some(([knob, text]) => now[knob] !== text);
  });
  if (!differ) return "";
  const known = new Set(after.marks.map(String));
  const lost = before.marks.filter((mark) => !known.has(String(mark)));
  const told = lost.slice(-MOST_LOST).map(([step, label]) =>
    `${label} from step ${step.toLocaleString("en")}`
  );
  if (lost.length > MOST_LOST) told.unshift(`${lost.length - MOST_LOST} earlier changes`);
  return told.length
    ? `These changes were not saved: ${told.join("; ")}. Set them again.`
    : "Your last knob changes were not saved. Set them again.";
}

/**
 * What a page says of its channel; "" while all is well.
 * @param {Status} status
 */
export function channelWords(status) {
  if (status === "lost") {
    return "The connection to the server is gone. The page reconnects by itself; until then its controls are disabled.";
  }
  return status === "outdated" ? "The server has a newer version. Reload this page." : "";
}

/**
 * Why nothing may be pressed though the channel is there; "" where it may.
 * @param {{control: boolean, watch_only?: string} | null} run
 */
export const watchWords = (run) => run && !run.control ? run.watch_only ?? "" : "";
