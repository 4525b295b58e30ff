// Which checks this browser has answered rightly: kept by the browser alone, in localStorage.
// Where it keeps nothing, they are known until the tab goes.

const KEPT = "moeviz.checks";
const HEARD = "moeviz-answered";

/** @type {Set<string>} */
let known = new Set();

/**
 * The ids in a kept text; none of one that something else has written.
 * @param {string | null} text
 * @returns {string[]}
 */
export function idsIn(text) {
  try {
    const found = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

/** All checks that were answered rightly. */
export function answered() {
  try {
    known = new Set([...known, ...idsIn(localStorage.getItem(KEPT))]);
  } catch {
    // the browser keeps nothing
  }
  return known;
}

/**
 * Note a right answer.
 * @param {string} id
 */
export function noteAnswered(id) {
  if (answered().has(id)) return;
  known.add(id);
  try {
    localStorage.setItem(KEPT, JSON.stringify([...known]));
  } catch {
    // the browser keeps nothing
  }
  dispatchEvent(new Event(HEARD));
}

/**
 * Hear of right answers, of other tabs too; returns what ends it.
 * @param {() => void} listener
 */
export function whenAnswered(listener) {
  const gone = new AbortController();
  addEventListener(HEARD, listener, { signal: gone.signal });
  addEventListener("storage", ({ key }) => key === KEPT && listener(), { signal: gone.signal });
  return () => gone.abort();
}
