// What balance means for a model, in three sentences whose figures change. Of this model alone.

import { accuracyOf } from "../live_run/pictures.js";
import { el, percent, setText } from "../shared/shared.js";
import { setProse } from "../shared/term.js";

/** @typedef {import("../channel/run_state.js").Arm} Arm */
/** @typedef {{spread: string, unused: string, right: string, untrained: string}} FactWords */

/**
 * @param {FactWords} words
 * @param {number} windowSteps over which the load is taken
 */
export function buildFacts(words, windowSteps) {
  const node = el("div", "facts");
  const untrained = el("p", "untrained", words.untrained);
  const [spread, unused, right] = [words.spread, words.unused, words.right].map(buildSentence);
  node.append(untrained, spread.node, unused.node, right.node);
  return {
    node,
    /** @param {Arm} arm @param {number} layer that the bars show @param {number} step */
    show(arm, layer, step) {
      const { latest } = arm;
      const accuracy = accuracyOf(arm);
      const routed = !arm.dense && step > 0;
      untrained.hidden = step > 0;
      spread.show(
        routed && latest.effective_experts && {
          spread: `${latest.effective_experts[layer].toFixed(1)} of ${arm.n_experts}`,
          layer: `${layer}`,
        },
      );
      unused.show(
        routed && typeof latest.unused_weights === "number" && {
          unused: percent(latest.unused_weights),
          steps: `${Math.min(step, windowSteps)}`,
        },
      );
      right.show(step > 0 && accuracy !== null && { right: percent(accuracy) });
    },
  };
}

/**
 * A sentence with `{{figures}}`: built once, so that a term in it keeps its focus.
 * @param {string} template
 */
function buildSentence(template) {
  const node = el("p", "fact");
  /** @type {Map<string, HTMLElement>} */
  const figures = new Map();
  setProse(node, template, (plain) =>
    plain.split(/\{\{(\w+)\}\}/).map((part, i) => {
      if (i % 2 === 0) return part;
      const figure = el("span", `figure ${part}`);
      figures.set(part, figure);
      return figure;
    }));
  return {
    node,
    /** @param {Record<string, string> | false | undefined} values nothing: the sentence is not shown */
    show(values) {
      node.hidden = !values;
      for (const [name, figure] of figures) setText(figure, values ? values[name] : "");
    },
  };
}
