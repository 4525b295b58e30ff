// How far a training goes, how far it has come, and when the page around it is out of date. Pure.

/**
 * @typedef {object} Start
 * @property {string} label
 * @property {number} steps
 * @property {number} keep_every  steps between two checkpoints on the way
 * @property {number} most  the last step that a run can come to
 */

/**
 * The step that a press on *Train* leads to.
 * @param {number} step where the run stands
 * @param {Pick<Start, "steps" | "most">} start
 */
export const goalOf = (step, { steps, most }) => Math.min(step + steps, most);

/**
 * How the channel is asked to train to a goal.
 * @param {number} goal
 * @param {Pick<Start, "keep_every">} start
 */
export const untilText = (goal, { keep_every: keepEvery }) => `step:${goal}:${keepEvery}`;

/**
 * The share of the way that is done; null where no goal is known.
 * @param {number} step
 * @param {number} goal the step that the training is on its way to; 0: none is known
 * @param {number} span steps of the whole way
 */
export function shareDone(step, goal, span) {
  if (goal <= 0 || span <= 0) return null;
  return Math.min(1, Math.max(0, (step - (goal - span)) / span));
}

/** @typedef {{run: string, trains: boolean}} Standing */

/** Whether the page was drawn for a run that trains, or rests, and the run does so. */
export class Agreement {
  constructor() {
    /** @type {Standing | null} */
    this._told = null;
  }

  /**
   * Whether the page's script must hear of how the run stands: once for each change, however often
   * this is asked before the page is drawn anew.
   * @param {Standing} drawn
   * @param {Standing} now
   */
  broken(drawn, now) {
    if (drawn.run !== now.run || drawn.trains === now.trains) {
      this._told = null;
      return false;
    }
    if (this._told?.run === now.run && this._told.trains === now.trains) return false;
    this._told = now;
    return true;
  }
}
