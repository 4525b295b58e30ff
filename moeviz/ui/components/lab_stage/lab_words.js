// The lab's run in words: a sentence a model, and how a named experiment's promises stand.

import { el, setText } from "../shared/shared.js";

/** @typedef {import("../channel/run_state.js").RunState} RunState */

/** @type {Record<string, string>} */
const SIGNS = { seen: "✓", "not yet": "…", "did not happen": "✗", "not judged": "–" };

/** @param {any} first */
export function buildWords(first) {
  let data = first;
  const node = el("div", "words");
  const sentences = el("div", "sentences");
  const story = el("p", "story");
  const promises = el("ul", "promises");
  node.append(sentences, story, promises);
  return {
    node,
    /** @param {any} next */
    take(next) {
      data = next;
    },
    /** @param {RunState} state */
    show(state) {
      sync(sentences, state.arms.filter(({ words }) => words), (p, { name, words }) => {
        setText(p, `${name}: ${words.heading}. ${words.sentence}`);
        p.dataset.verdict = words.verdict;
      });
      setText(story, data.story ? `${data.title}. ${data.story}` : "");
      sync(promises, state.verdicts, (item, { claim, outcome, evidence }) => {
        setText(item, `${SIGNS[outcome] ?? ""} ${claim}: ${outcome} (${evidence})`);
        item.dataset.outcome = outcome;
      }, "li");
    },
  };
}

/**
 * As many nodes as there are things, each filled by `fill`.
 * @param {HTMLElement} parent @param {any[]} things
 * @param {(node: HTMLElement, thing: any) => void} fill @param {"p" | "li"} [tag]
 */
function sync(parent, things, fill, tag = "p") {
  while (parent.childElementCount > things.length) parent.lastElementChild?.remove();
  while (parent.childElementCount < things.length) parent.append(el(tag));
  things.forEach((thing, i) => fill(/** @type {HTMLElement} */ (parent.children[i]), thing));
}
