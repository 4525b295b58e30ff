// The token that the reader picks: asked for until the page shows it.
//
// A state is asked for and not a change of it, so that asking twice does no harm.

import { askAgain } from "../shared/ask_again.js";

export const NONE = -1;

export class Pick {
  /** @param {(token: number) => void} ask  by its place in the batch, or NONE */
  constructor(ask) {
    this.ask = ask;
    this._shown = NONE;
    /** @type {number | undefined} nothing once it has come */
    this._wanted = undefined;
    this.end = () => {};
  }

  /** A second click on a token lets it go. @param {number} token */
  click(token) {
    this.end();
    const wanted = token === (this._wanted ?? this._shown) ? NONE : token;
    this._wanted = wanted;
    this.end = askAgain(() => this.ask(wanted), () => this._hasCome());
  }

  /** What the page shows as picked. @param {number | null} token */
  show(token) {
    this._shown = token ?? NONE;
    if (this._hasCome()) this.end();
  }

  _hasCome() {
    if (this._shown === this._wanted) this._wanted = undefined;
    return this._wanted === undefined;
  }
}
