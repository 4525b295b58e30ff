// A page's hold on one run: what it shows, what may be pressed, and how the address follows.
//
// All components of a page share one hold, so that a strip and a stage follow a fork together.

import { channel } from "../channel/channel.js";
import { keepAddress, parameter, setParameters } from "../channel/address.js";
import { applied } from "../channel/run_state.js";
import { QUIET_MS, Renewals } from "./renewals.js";
import { parametersOf } from "./run_address.js";
import { withTaken } from "./taken.js";
import { restartWords } from "./words.js";

/** @typedef {import("../channel/run_state.js").RunState} RunState */
/** @typedef {import("../channel/channel.js").Outcome} Outcome */
/** @typedef {import("../channel/channel.js").Status} Status */
/**
 * What the server's page says of its run.
 * @typedef {Object} RunData
 * @property {string} id
 * @property {string} token
 * @property {boolean} control whether the token lets act, not only watch
 * @property {string} [watch_only] why nothing may be pressed where it does not
 * @property {string} view
 * @property {string} experiment
 * @property {Record<string, Record<string, {url: string, default: string | null, like?: string}>> | null} address
 *   by arm and knob: its parameter, and the text at which it is left out; like: another arm's;
 *   null: the page's script writes the address
 * @property {any} [record] the run's first record, where it has no step yet
 * @property {string} [session] of the page's script
 */
/** @typedef {import("./taken.js").Taken} Taken */
/**
 * @typedef {Object} Listener
 * @property {(state: RunState | null) => void} [onState]
 * @property {(status: Status) => void} [onStatus]
 * @property {(why: string) => void} [onGone]
 * @property {(words: string) => void} [onNews] what befell the run
 * @property {() => void} [onPress] something is pressed, whatever comes of it
 */

const LEADING = ["renew", "fork"];

export class RunControl {
  /** @param {import("../channel/channel.js").Channel} [through] @param {number} [quietMs] */
  constructor(through = channel(), quietMs = QUIET_MS) {
    this._channel = through;
    /** @type {RunData | null} */
    this.run = null;
    /** @type {RunState | null} */
    this.state = null;
    /** @type {Set<Listener>} */
    this._listeners = new Set();
    /** @type {(() => void) | null} */
    this._leave = null;
    this._deafen = () => {};
    /** @type {RunState | null} as the server told it */
    this._told = null;
    this._toldBy = ""; // which start of the server
    /** @type {string | null} the last run that was written into the address */
    this._written = null;
    this._begun = ""; // the run that has begun, also where a restarted server has lost its steps
    /** @type {Taken[]} changes that the model has taken, of which no record tells yet */
    this._taken = [];
    /** @type {Promise<void> | null} a press that leads to another run, until the page follows it */
    this._leading = null;
    this._renewals = new Renewals((more) => this._pressInTurn("renew", more), quietMs);
    /** @type {{id: string, token: string}} the last run that the page named: again is no news */
    this._named = { id: "", token: "" };
    /** @type {Map<string, RunData>} the runs on both sides of a fork, for *back* and *forward* */
    this._forked = new Map();
    this._path = ""; // the page's: after *back* its components are there a while longer than it
    /** @type {(() => string) | null} what the page's field says of how long Start trains */
    this.limit = null;
    /** Whether the server does not know the run any more. */
    this.gone = false;
  }

  /** @type {Status} */
  get status() {
    return this._channel.status;
  }

  /** Whether a press has led to a run that the page has not named. */
  get moved() {
    return this.run !== null && this.run.id !== this._named.id;
  }

  /** Whether presses may be made now. */
  get ready() {
    return this.status === "open" && this.run?.control === true && !this.gone;
  }

  /** Whether knobs of the run may be set now: a run that has failed takes none. */
  get takesKnobs() {
    return this.ready && this.state !== null && this.state.state !== "failed";
  }

  /**
   * Hear of states, of the channel and of the run's end; returns what ends that. The run is
   * followed, and the address written, as long as a listener is there.
   * @param {Listener} listener
   */
  listen(listener) {
    this._listeners.add(listener);
    if (this._listeners.size === 1) this._attend();
    else listener.onStatus?.(this.status);
    listener.onState?.(this.state);
    return () => {
      this._listeners.delete(listener);
      if (!this._listeners.size) this._rest();
    };
  }

  _attend() {
    globalThis.addEventListener?.("popstate", this._wentBack);
    this._deafen = this._channel.onStatus((status) => {
      if (status !== "open") this._taken = []; // another server may count changes anew
      for (const listener of [...this._listeners]) listener.onStatus?.(status);
    });
    this._follow();
  }

  /** *Back* and *forward* lead over a fork; any other run is the page's script to name. */
  _wentBack = () => {
    const run = this._forked.get(parameter("run") ?? "");
    if (!run || run.id === this.run?.id) return;
    this.run = run;
    this._taken = [];
    for (const listener of [...this._listeners]) listener.onNews?.("");
    this._follow();
  };

  _rest() {
    globalThis.removeEventListener?.("popstate", this._wentBack);
    this._deafen();
    this._leave?.();
    this._leave = null;
  }

  /**
   * Show the run that the server names. What it named before is no news: the page may have gone on
   * to a fork meanwhile. A right to control that a press brought stays. A new session of the page's
   * script may not know the run that is shown: then it is asked to name that one.
   * @param {RunData} run
   * @param {(run: string) => void} [ask]
   */
  take(run, ask) {
    if (run.address) this._path = location.pathname;
    if (ask && this.run && this.run.id !== run.id && this._survives(run)) {
      ask(this.run.id);
      return;
    }
    const same = run.id === this._named.id && run.token === this._named.token;
    this._named = { id: run.id, token: run.token };
    const right = !same && this.run?.id === run.id && this.run.control && !run.control;
    if ((same || right) && this.run) {
      const { id, token, control } = this.run;
      const again = { ...run, id, token, control };
      const watched = again.view === this.run.view && again.experiment === this.run.experiment;
      this.run = again;
      if (watched && !this.gone) this._write();
      else this._follow();
      return;
    }
    this.run = run;
    this._taken = [];
    if (run.record && this.state?.run !== run.id) {
      this._told = applied(null, run.record);
      this._show();
    }
    this._follow();
  }

  /** Whether the run that is shown is one that another session has lost. @param {RunData} run */
  _survives(run) {
    return this.run?.session !== run.session && this.run?.id === this._begun && !this.gone;
  }

  /**
   * Act on the run. Refused at once where nothing may be pressed. What is pressed while a press
   * leads to another run is meant for that one, and waits for it.
   * @param {string} act
   * @param {Record<string, any>} [more]
   * @returns {Promise<Outcome>}
   */
  async press(act, more = {}) {
    for (const listener of [...this._listeners]) listener.onPress?.();
    if (act === "renew" && this.state?.begun) return this._renewals.press(more);
    await this._renewals.hurry();
    return this._pressInTurn(act, more);
  }

  /** @param {string} act @param {Record<string, any>} more @returns {Promise<Outcome>} */
  async _pressInTurn(act, more) {
    while (this._leading) await this._leading;
    if (!this.run) return { ok: false, why: "There is no run yet." };
    const answered = this._press(this.run, act, more);
    if (LEADING.includes(act)) {
      this._leading = answered.then(() => {
        this._leading = null;
      });
    }
    return answered;
  }

  /**
   * Ask how the run's models continue some texts; the right to watch is enough.
   * @param {string[]} prompts
   * @returns {Promise<Outcome>}
   */
  async ask(prompts) {
    const { run } = this;
    if (!run || this.gone) return { ok: false, why: "There is no run yet." };
    const outcome = await this._channel.ask({ token: run.token, prompts });
    return this.run?.id === run.id ? outcome : { ok: false, why: "The page shows another run." };
  }

  /** @param {RunData} run @param {string} act @param {Record<string, any>} more */
  async _press(run, act, more) {
    const outcome = await this._channel.press({ token: run.token, act, ...more });
    if (!outcome.ok || this.run?.id !== run.id) return outcome;
    if (outcome.ticket) {
      this._taken.push({ ticket: outcome.ticket, knobs: more.knobs, arms: more.arms ?? [] });
      this._show();
    }
    if (outcome.run && outcome.token) {
      if (act === "fork" && run.address) keepAddress();
      this.run = { ...this.run, id: outcome.run, token: outcome.token, control: true };
      if (act === "fork") { for (const each of [run, this.run]) this._forked.set(each.id, each); }
      this._taken = []; // tickets are each run's own
      this._follow();
    }
    return outcome;
  }

  /** Show what was told, and what the model has taken since. */
  _show() {
    if (!this._told) return;
    this.state = withTaken(this._told, this._taken);
    if (this.state.begun) this._begun = this.state.run;
    this._write();
    for (const listener of [...this._listeners]) listener.onState?.(this.state);
  }

  /** Let the address say what the run does. */
  _write() {
    const { run, state } = this;
    if (!run?.address || state?.run !== run.id || !this._listeners.size) return;
    if (location.pathname !== this._path) return;
    const parameters = parametersOf(state, run.address, this.moved);
    // A late record of the run that is left may have written it beside the next one's parameters.
    const late = !parameters.run && this._written !== run.id && parameter("run") === this._written;
    if (late) parameters.run = null;
    if (parameters.run) this._written = parameters.run;
    setParameters(parameters);
  }

  /** What a server that was restarted knows may be less than what the page shows.
   * @param {RunState} state */
  _noteRestart(state) {
    const [before, by] = [this._told, this._toldBy];
    this._toldBy = this._channel.server;
    if (before?.run !== state.run || !by || by === this._toldBy) return;
    const words = restartWords(this.state ?? before, state);
    if (!words) return;
    for (const listener of [...this._listeners]) listener.onNews?.(words);
  }

  _follow() {
    this._leave?.();
    this._leave = null;
    this.gone = false;
    const { run } = this;
    if (!run || !this._listeners.size) return;
    this._leave = this._channel.watch(
      { run: run.id, token: run.token, view: run.view, experiment: run.experiment },
      {
        onState: (state) => {
          if (this.run?.id !== state.run) return;
          this._noteRestart(state);
          this._told = state;
          this._taken = this._taken.filter(({ ticket }) => ticket > state.ticket);
          this._show();
        },
        onGone: (why) => {
          this.gone = true;
          for (const listener of [...this._listeners]) listener.onGone?.(why);
        },
      },
    );
  }
}

/** @type {RunControl | null} */
let shared = null;

/** The page's hold on its run; one for all of its components. */
export function pageRun() {
  shared ??= new RunControl();
  return shared;
}
