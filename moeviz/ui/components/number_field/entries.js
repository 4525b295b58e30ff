// Which answer of the server belongs to which entry of the reader. Every entry has a number; an
// answer that does not know the last one is an echo of an earlier press, and is not shown. Pure.

/**
 * @typedef {{text: string, seq: number}} Entry
 * @typedef {{session: string, seq: number}} Answer `seq`: of the last entry that the session knows
 */

export class Entries {
  #session = "";
  #seq = 0;
  /** The highest number given: one that was used already would not look like news to a session. */
  #given = 0;
  /** @type {string | null} The text of the last entry, until it is answered. */
  #open = null;

  /** @param {string} text @returns {Entry} */
  enter(text) {
    this.#open = text;
    this.#given = Math.max(this.#given, this.#seq) + 1;
    this.#seq = this.#given;
    return { text, seq: this.#seq };
  }

  /**
   * What an answer is: to the last entry, or news after it ("answer"); an "echo"; or that of a new
   * session, after the one that the last entry went to has ended: then that entry, to be sent again.
   *
   * @param {Answer} answer
   * @returns {"answer" | "echo" | Entry}
   */
  hear({ session, seq }) {
    const known = this.#session === "" || this.#session === session;
    this.#session = session;
    if (known && seq < this.#seq) return "echo";
    this.#seq = seq;
    if (!known && this.#open !== null) return this.enter(this.#open);
    this.#open = null;
    return "answer";
  }
}
