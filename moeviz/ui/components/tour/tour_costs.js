// What E experts and k of them a token cost: two sliders, two rows of cells. Computed elsewhere.

import { el, setText } from "../shared/shared.js";
import { whole } from "./tour_words.js";

/** @typedef {{experts: number, stored: number, used: number[]}} Cost */

/**
 * @param {Cost[]} costs by E, ascending
 * @param {number} experts @param {number} topK where the sliders begin
 * @param {() => void} onChange
 */
export function buildCosts(costs, experts, topK, onChange) {
  let at = costs.findIndex((each) => each.experts === experts);
  let k = topK;
  const most = costs[costs.length - 1];
  const sliders = el("div", "sliders");
  const number = slider("Experts E", costs.length - 1, 0, (value) => {
    at = value;
    k = Math.min(k, costs[at].used.length);
    show();
    onChange();
  });
  const chosen = slider("Experts per token k", most.used.length, 1, (value) => {
    k = Math.min(value, costs[at].used.length);
    show();
    onChange();
  });
  sliders.append(number.node, chosen.node);
  const meters = el("div", "meters");
  const stored = meter("Stored");
  const used = meter("Used per token");
  meters.append(stored.node, used.node);

  const show = () => {
    const cost = costs[at];
    number.show(at, String(cost.experts));
    chosen.show(k, String(k));
    const one = cost.experts === 1 ? "expert" : "experts";
    stored.show(cost.experts, cost.stored, most, `${cost.experts} ${one}`);
    used.show(k, cost.used[k - 1], most, k === 1 ? "1 expert" : `${k} experts`);
  };
  show();
  return { sliders, meters, experts: () => costs[at].experts };
}

/** @param {string} label @param {number} high @param {number} low @param {(value: number) => void} act */
function slider(label, high, low, act) {
  const node = el("label", "slider");
  const name = el("span", "", label);
  const value = el("span", "value");
  const range = el("input");
  range.type = "range";
  range.setAttribute("aria-label", label);
  range.min = String(low);
  range.max = String(high);
  range.step = "1";
  range.addEventListener("input", () => act(Number(range.value)));
  node.append(name, value, range);
  return {
    node,
    /** @param {number} place @param {string} text */
    show(place, text) {
      range.value = String(place);
      range.setAttribute("aria-valuetext", text);
      setText(value, text);
    },
  };
}

/** A row of cells, one an expert, on the scale of the most experts. @param {string} label */
function meter(label) {
  const node = el("div", "meter");
  const bar = el("i");
  const fill = el("b");
  bar.append(fill);
  const text = el("span", "amount");
  node.append(el("span", "", label), bar, text);
  return {
    node,
    /** @param {number} cells @param {number} parameters @param {Cost} most @param {string} words */
    show(cells, parameters, most, words) {
      fill.style.width = `${100 * parameters / most.stored}%`;
      fill.style.setProperty("--cells", String(cells));
      setText(text, `${words}, ${whole(parameters)} parameters`);
    },
  };
}
