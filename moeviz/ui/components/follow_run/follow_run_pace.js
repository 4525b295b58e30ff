// When the page's script is asked for what a run's newer step looks like. Pure but for the clock.
//
// Never while the page is hidden, nor before an earlier answer is shown, nor more often than is asked
// for. Whatever came meanwhile, the newest step is asked for.

export const LOST_MS = 20_000;

export class Pace {
  /**
   * @param {(step: number) => void} ask
   * @param {{now?: () => number, later?: (act: () => void, ms: number) => any,
   *   cancel?: (timer: any) => void}} [clock]
   */
  constructor(
    ask,
    { now = () => performance.now(), later = setTimeout, cancel = clearTimeout } = {},
  ) {
    this._ask = ask;
    this._now = now;
    this._later = (/** @type {() => void} */ act, /** @type {number} */ ms) => later(act, ms);
    this._cancel = (/** @type {any} */ timer) => cancel(timer);
    this._everyMs = 0;
    this._visible = true;
    this._askedAt = now();
    /** @type {number | null} the run's newest step, and those that were shown and asked for */
    this._newest = null;
    /** @type {number | null} */
    this._shown = null;
    /** @type {number | null} no longer asked for once it is answered */
    this._asked = null;
    /** @type {any} */
    this._timer = null;
  }

  /**
   * What the page shows, and the last asking that it has answered, by showing that step or not.
   * @param {{shown: number, answered: number | null, every_ms: number}} drawn
   */
  take({ shown, answered, every_ms: everyMs }) {
    this._shown = shown;
    this._everyMs = everyMs;
    if (this._asked === answered || shown === this._asked) this._asked = null;
    this._consider();
  }

  /** @param {number} step the run's newest */
  hear(step) {
    this._newest = step;
    this._consider();
  }

  /** @param {boolean} visible */
  see(visible) {
    this._visible = visible;
    this._consider();
  }

  end() {
    this._visible = false;
    this._consider();
  }

  _consider() {
    this._cancel(this._timer);
    const { _newest: newest, _shown: shown } = this;
    if (!this._visible || newest === null || shown === null || newest === shown) return;
    // An answer that never came was lost with its connection: ask again then.
    const gapMs = this._asked === null ? this._everyMs : Math.max(LOST_MS, this._everyMs);
    const restMs = this._askedAt + gapMs - this._now();
    if (restMs > 0) {
      this._timer = this._later(() => this._consider(), restMs);
      return;
    }
    this._asked = newest;
    this._askedAt = this._now();
    this._ask(newest);
  }
}
