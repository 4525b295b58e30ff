// The tab's one end of the live channel: records of runs down, presses up.
//
// Components of a page import this module from one address and so share one socket. A press ends as
// an acknowledgement or a refusal in words, also when the channel is lost. Pure but for `open` and
// the clock, which a test replaces.

import { applied } from "./run_state.js";

/** @typedef {import("./run_state.js").RunState} RunState */
/** @typedef {"connecting" | "open" | "lost" | "outdated"} Status */
/**
 * @typedef {Object} Outcome
 * @property {boolean} ok
 * @property {string} [why] why it was refused
 * @property {string} [knob] the control that the refusal is of
 * @property {boolean} [lost] whether the channel went before an answer came
 * @property {number} [ticket] of a change of knobs; records tell up to which one they know
 * @property {number} [step] the first step with the new knobs, or where the run stands
 * @property {string} [run] a new run that the press made
 * @property {string} [token] the right to it
 * @property {Record<string, [number, string][]>} [models] by name, of each text that was asked about,
 *   the step and what the model wrote
 */
/**
 * @typedef {Object} Socket
 * @property {(text: string) => void} send
 * @property {() => void} close
 * @property {((event?: any) => void) | null} onopen
 * @property {((event: {data: any}) => void) | null} onmessage
 * @property {((event?: any) => void) | null} onclose
 */
/**
 * @typedef {Object} Watcher
 * @property {(state: RunState) => void} onState
 * @property {(why: string) => void} [onGone]
 */

export const VERSION = 1;
export const WAITS_MS = [250, 500, 1000, 2000, 5000];
export const SILENCE_MS = 45_000;

const LOST =
  "The connection was lost before the model answered. The page shows the run's present values.";
const NOT_CONNECTED = "Not connected to the server: nothing was changed.";

export class Channel {
  /**
   * @param {() => Socket} open
   * @param {{later?: (act: () => void, ms: number) => any, cancel?: (timer: any) => void}} [clock]
   */
  constructor(open, { later = setTimeout, cancel = clearTimeout } = {}) {
    this._open = open;
    this._later = (/** @type {() => void} */ act, /** @type {number} */ ms) => later(act, ms);
    this._cancel = (/** @type {any} */ timer) => cancel(timer);
    /** @type {Map<string, any>} */
    this._watches = new Map();
    /** @type {Map<number, (outcome: Outcome) => void>} */
    this._pending = new Map();
    /** @type {Set<(status: Status) => void>} */
    this._listeners = new Set();
    /** @type {Status} */
    this.status = "connecting";
    /** The name of the server's start: another one, and it was restarted. */
    this.server = "";
    this._seq = 0;
    this._next = 0;
    this._tries = 0;
    this._visible = true;
    /** @type {Socket | null} */
    this._socket = null;
    /** @type {any} */
    this._silence = null;
    this._connect();
  }

  /**
   * Follow a run; returns what ends that. Watchers of one run and view share one record.
   * @param {{run: string, token: string, view: string, experiment?: string}} what
   * @param {Watcher} watcher
   * @returns {() => void}
   */
  watch({ run, token, view, experiment = "" }, watcher) {
    const key = `${view} ${run}`;
    let watch = this._watches.get(key);
    if (!watch || watch.token !== token || watch.experiment !== experiment) {
      const watchers = watch?.watchers ?? new Set();
      if (watch) this._send({ kind: "unwatch", watch: watch.number });
      watch = { number: this._next++, token, view, experiment, watchers, state: null };
      this._watches.set(key, watch);
      this._sendWatch(watch);
    }
    watch.watchers.add(watcher);
    if (watch.state) watcher.onState(watch.state);
    return () => this._leave(key, watcher);
  }

  /**
   * Act on a run. The promise is always kept: with an acknowledgement or a refusal.
   * @param {Record<string, any>} press
   * @returns {Promise<Outcome>}
   */
  press(press) {
    return this._request({ kind: "press", ...press });
  }

  /**
   * Ask how the models of a run continue some texts. The promise is kept as that of a press.
   * @param {{token: string, prompts: string[]}} question
   * @returns {Promise<Outcome>}
   */
  ask(question) {
    return this._request({ kind: "ask", ...question });
  }

  /** @param {Record<string, any>} message @returns {Promise<Outcome>} */
  _request(message) {
    if (this.status !== "open") {
      return Promise.resolve({ ok: false, why: NOT_CONNECTED, lost: true });
    }
    const seq = ++this._seq;
    return new Promise((resolve) => {
      this._pending.set(seq, resolve);
      this._send({ ...message, seq });
    });
  }

  /**
   * Hear of the channel's status, now and whenever it changes; returns what ends that.
   * @param {(status: Status) => void} listener
   */
  onStatus(listener) {
    this._listeners.add(listener);
    listener(this.status);
    return () => this._listeners.delete(listener);
  }

  /** A hidden tab gets no records. @param {boolean} visible */
  setVisible(visible) {
    this._visible = visible;
    this._send({ kind: "visible", visible });
  }

  _connect() {
    const socket = this._open();
    this._socket = socket;
    socket.onmessage = ({ data }) => {
      if (this._socket !== socket) return; // given up already: what it says is of no account
      this._hearSomething(socket);
      this._hear(JSON.parse(data));
    };
    socket.onclose = () => this._lose(socket);
    this._hearSomething(socket);
  }

  /** A channel that says nothing for long is gone, whatever the socket believes.
   * @param {Socket} socket */
  _hearSomething(socket) {
    this._cancel(this._silence);
    this._silence = this._later(() => {
      socket.close();
      this._lose(socket);
    }, SILENCE_MS);
  }

  /** @param {Socket} socket */
  _lose(socket) {
    if (this._socket !== socket) return;
    this._socket = null;
    this._cancel(this._silence);
    for (const resolve of this._pending.values()) resolve({ ok: false, why: LOST, lost: true });
    this._pending.clear();
    if (this.status === "outdated") return;
    this._setStatus("lost");
    const wait = WAITS_MS[Math.min(this._tries++, WAITS_MS.length - 1)];
    this._later(() => this._connect(), wait);
  }

  /** @param {any} message */
  _hear(message) {
    const { kind } = message;
    if (kind === "hello") this._greet(message.version, message.server ?? "");
    else if (kind === "record") this._record(message);
    else if (["ack", "answer", "refused"].includes(kind)) this._answer(message);
    else if (kind === "gone") this._gone(message);
  }

  /** @param {number} version @param {string} server */
  _greet(version, server) {
    if (version !== VERSION) {
      this._setStatus("outdated");
      this._socket?.close();
      return;
    }
    this._tries = 0;
    this.server = server;
    this._setStatus("open");
    if (!this._visible) this._send({ kind: "visible", visible: false });
    for (const watch of this._watches.values()) this._sendWatch(watch);
  }

  /** @param {any} message */
  _record(message) {
    const watch = this._watches.get(`${message.view} ${message.run}`);
    if (!watch || (!watch.state && message.after)) return; // sent before all of it was asked for
    const state = applied(watch.state, message);
    watch.state = state;
    if (!state) {
      this._sendWatch(watch); // something is missing: ask for all of it
      return;
    }
    this._send({ kind: "got", watch: watch.number });
    for (const watcher of [...watch.watchers]) undisturbed(() => watcher.onState(state));
  }

  /** @param {any} message */
  _answer({ kind, seq, ...more }) {
    const resolve = this._pending.get(seq);
    this._pending.delete(seq);
    resolve?.({ ok: kind !== "refused", ...more });
  }

  /** @param {any} message */
  _gone({ watch: number, why }) {
    for (const [key, watch] of this._watches) {
      if (watch.number !== number) continue;
      this._watches.delete(key);
      for (const watcher of [...watch.watchers]) undisturbed(() => watcher.onGone?.(why));
    }
  }

  /** @param {string} key @param {Watcher} watcher */
  _leave(key, watcher) {
    const watch = this._watches.get(key);
    if (!watch?.watchers.delete(watcher) || watch.watchers.size) return;
    this._watches.delete(key);
    this._send({ kind: "unwatch", watch: watch.number });
  }

  /** @param {any} watch */
  _sendWatch({ number, token, view, experiment }) {
    this._send({ kind: "watch", watch: number, token, view, experiment });
  }

  /** @param {Record<string, any>} message */
  _send(message) {
    if (this.status === "open") this._socket?.send(JSON.stringify(message));
  }

  /** @param {Status} status */
  _setStatus(status) {
    this.status = status;
    for (const listener of [...this._listeners]) undisturbed(() => listener(status));
  }
}

/** What goes wrong in one component is told, and leaves the others what they came for.
 * @param {() => void} tell */
function undisturbed(tell) {
  try {
    tell();
  } catch (error) {
    reportError(error);
  }
}

/** @type {Channel | null} */
let shared = null;

/** The tab's channel, opened at the first call. */
export function channel() {
  if (shared) return shared;
  const address = new URL("../../../live", import.meta.url); // …/assets/<content>/channel/channel.js
  address.protocol = address.protocol.replace("http", "ws");
  shared = new Channel(() => /** @type {any} */ (new WebSocket(address)));
  const made = shared;
  document.addEventListener("visibilitychange", () => made.setVisible(!document.hidden));
  if (document.hidden) made.setVisible(false);
  return shared;
}
