// Presses for a new run. Those that follow each other quickly make one run, as the newest says: each
// would else leave one behind that has hardly trained. Knows nothing of runs or of the channel.

/** @typedef {import("../channel/channel.js").Outcome} Outcome */
/** @typedef {{knobs: Record<string, string>}} More */

/** So long after the last of them the run is made; a button that is held presses more often. */
export const QUIET_MS = 400;

export class Renewals {
  /** @param {(more: any) => Promise<Outcome>} send @param {number} quietMs */
  constructor(send, quietMs) {
    this._send = send;
    this._quietMs = quietMs;
    /** @type {{more: More, go: () => void, sent: Promise<void>, outcome: Promise<Outcome>} | null} */
    this._waiting = null;
    /** @type {any} */
    this._timer = null;
  }

  /**
   * Ask for a new run, soon; the outcome is that of the press which is made in the end.
   * @param {any} more
   * @returns {Promise<Outcome>}
   */
  press(more) {
    this._waiting ??= this._wait(more);
    const { go, outcome, more: { knobs } } = this._waiting;
    Object.assign(knobs, more.knobs);
    clearTimeout(this._timer);
    this._timer = setTimeout(go, this._quietMs);
    return outcome;
  }

  /** Do not wait any longer: another press follows, which is meant for the new run. */
  async hurry() {
    this._waiting?.go();
    await this._waiting?.sent;
  }

  /** @param {any} more */
  _wait(more) {
    const kept = { ...more, knobs: {} };
    let go = () => {};
    /** @type {Promise<Outcome>} */
    let answered;
    const sent = /** @type {Promise<void>} */ (new Promise((resolve) => go = resolve)).then(() => {
      clearTimeout(this._timer);
      this._waiting = null;
      answered = this._send(kept);
    });
    return { more: kept, go, sent, outcome: sent.then(() => answered) };
  }
}
