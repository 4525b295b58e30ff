// The lab's run in words: a sentence a model, and how a named experiment's promises stand.

import { el, setText } from "../shared/shared.js";

/** @typedef {import("../channel/run_state.js").RunState} RunState */

/** @type {Record<string, string>} */
const SIGNS = { seen: "✓", "not yet": "…", "did not happen": "✗", "not judged": "–" };

/** @param {any} first */
export function buildWords(first) {
  let data = first;
  const models = el("div", "model-words");
  const story = el("p", "story");
  const promises = el("ul", "promises");
  return {
    models,
    promises,
    story,
    /** @param {any} next */
    take(next) {
      data = next;
    },
    /** @param {RunState} state */
    show(state) {
      sync(models, state.arms, modelNode, (node, { name, words, summary }) => {
        const [heading, sentence, measures] = Array.from(node.children);
        setText(heading, words ? `${name}: ${words.heading}.` : `${name}:`);
        setText(sentence, words?.sentence ?? summary);
        setText(measures, words ? `${words.effective} ${words.measures}`.trim() : "");
        node.dataset.verdict = words?.verdict ?? "none";
      });
      const named = state.experiment === data.run.experiment; // a press makes it another run
      const stop = data.title.endsWith("?") ? "" : ".";
      setText(story, named && data.story ? `${data.title}${stop} ${data.story}` : "");
      sync(
        promises,
        named ? state.verdicts : [],
        () => el("li"),
        (item, { claim, outcome, evidence }) => {
          setText(item, `${SIGNS[outcome] ?? ""} ${claim}: ${outcome} (${evidence})`);
          item.dataset.outcome = outcome;
        },
      );
    },
  };
}

function modelNode() {
  const node = el("p", "model-word");
  node.append(el("strong"), " ", el("span"), " ", el("span", "measures"));
  return node;
}

/**
 * As many nodes as there are things, each filled by `fill`.
 * @param {HTMLElement} parent @param {any[]} things @param {() => HTMLElement} make
 * @param {(node: HTMLElement, thing: any) => void} fill
 */
function sync(parent, things, make, fill) {
  while (parent.childElementCount > things.length) parent.lastElementChild?.remove();
  while (parent.childElementCount < things.length) parent.append(make());
  things.forEach((thing, i) => fill(/** @type {HTMLElement} */ (parent.children[i]), thing));
}
