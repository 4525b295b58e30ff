// Changes of knobs that a model has taken, of which no record tells yet. Pure.

/** @typedef {import("../channel/run_state.js").RunState} RunState */
/**
 * A change of knobs that was acknowledged.
 * @typedef {{ticket: number, knobs: Record<string, string>, arms: string[]}} Taken
 */

/**
 * The state with changes of knobs that no record tells of yet: between the acknowledgement and the
 * next record a control would else show the value from before the press.
 * @param {RunState} state
 * @param {Taken[]} taken the newest last
 * @returns {RunState}
 */
export function withTaken(state, taken) {
  if (!taken.length) return state;
  const arms = state.arms.map((arm) => {
    const own = taken.filter(({ arms }) => !arms.length || arms.includes(arm.name));
    const knobs = Object.assign({}, ...own.map((each) => each.knobs));
    return { ...arm, knobs: { ...arm.knobs, ...knobs }, starts: { ...arm.starts, ...knobs } };
  });
  return { ...state, arms };
}
