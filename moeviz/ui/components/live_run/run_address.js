// What the page's address says of its run. Pure.

/** @typedef {import("../channel/run_state.js").RunState} RunState */
/** @typedef {import("./run_control.js").RunData} RunData */

/**
 * The address's parameters for a state: the run once it has begun, and each knob where it is not as
 * the page began.
 * @param {Pick<RunState, "run" | "begun"> & {arms: {name: string, starts: Record<string, string>}[]}} state
 * @param {NonNullable<RunData["address"]>} address
 * @param {boolean} moved whether a press led to a run that the page has not named: then the one
 *   that the address names is left
 * @returns {Record<string, string | null>}
 */
export function parametersOf(state, address, moved) {
  /** @type {Record<string, string | null>} */
  const parameters = state.begun ? { run: state.run } : moved ? { run: null } : {};
  for (const arm of state.arms) {
    for (const [knob, { url, default: usual, like }] of Object.entries(address[arm.name] ?? {})) {
      const text = arm.starts[knob];
      if (text === undefined) continue;
      const other = like ? state.arms.find(({ name }) => name === like)?.starts[knob] : usual;
      parameters[url] = text === other ? null : text;
    }
  }
  return parameters;
}
