// Strips: for each token its expert of preference 0 at every checkpoint.
//
// A row a token, a column a step; bars above say which share of the tokens had settled. A step and
// a token are buttons; arrows walk over the steps. Text reaches the page by textContent alone.

import { rgbOf, textOn } from "../shared/colours.js";
import { adoptStyles, button, el, percent, setAttribute, setText } from "../shared/shared.js";

/** @import { Component, Root } from "../shared/shared.js" */

/**
 * From `analysis.saturation_strips.strips_plan`: tokens at several checkpoints.
 *
 * @typedef {object} Plan
 * @property {string} sentence
 * @property {number[]} steps
 * @property {string[]} tokens
 * @property {number[][]} first  for each token and step the expert of preference 0
 * @property {number[]} settled  for each token the place among the steps from which it stays the same
 * @property {number[]} share  for each step, of the tokens that have settled
 * @property {string[]} colours  one an expert
 */

/** @typedef {{plan: Plan, step: number, token: number | null}} Data */

/** @typedef {ReturnType<typeof build>} View */

const LABEL_PX = 120;
const CELL = { least: 22, most: 88 };
const SHARE_PX = 36;
const LEGEND = "Number and colour: the token's expert of preference 0, the one with the highest " +
  "score. Right of the thick line it no longer changes. Click a step or a token to show it above.";

/** @param {Component<Data>} component */
export default async function routeStrips({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, new URL("route_strips.css", import.meta.url));
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".route-strips");
  if (!root) return undefined;
  root.view ??= build(root);
  const { view } = root;
  view.tell = setTriggerValue;
  const drawn = JSON.stringify(data.plan);
  if (view.drawn !== drawn) draw(view, data.plan);
  view.drawn = drawn;
  mark(view, data);
  return undefined; // nothing outlives the nodes
}

/** @param {HTMLElement} root */
function build(root) {
  const [sentence, pane, grid] = [el("p", "sentence"), el("div", "window"), el("div", "grid")];
  const legend = el("p", "legend");
  sentence.setAttribute("role", "status");
  pane.append(grid);
  root.replaceChildren(sentence, pane, legend);
  const view = {
    ...{ sentence, pane, grid, legend },
    drawn: "",
    steps: /** @type {HTMLElement[]} */ ([]),
    tokens: /** @type {HTMLElement[]} */ ([]),
    columns: /** @type {HTMLElement[][]} */ ([]),
    tell: /** @type {(name: string, value: unknown) => void} */ (() => {}),
  };
  grid.addEventListener("click", (event) => choose(view, event.target));
  grid.addEventListener("keydown", (event) => walk(view, event));
  return view;
}

/**
 * @param {View} view
 * @param {EventTarget | null} target
 */
function choose(view, target) {
  const found = target instanceof Element ? target.closest("button, .cell") : null;
  if (!(found instanceof HTMLElement)) return;
  const { step, token } = found.dataset;
  if (step) view.tell("step", { step: Number(step) });
  else if (token) view.tell("token", { token: Number(token) });
}

/**
 * Left and right go over the steps, up and down over the tokens; Tab stops once for each.
 * @param {View} view
 * @param {KeyboardEvent} event
 */
function walk(view, event) {
  const { target, key } = event;
  if (!(target instanceof HTMLElement)) return;
  const group = [view.steps, view.tokens].find((each) => each.includes(target));
  if (!group || event.ctrlKey || event.metaKey || event.altKey) return;
  const next = placeAfter(key, group.indexOf(target), group.length);
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const node = group[next];
  target.tabIndex = -1;
  node.tabIndex = 0;
  node.focus();
}

/**
 * Where a key leads from place `at` of `count`; undefined: it leads nowhere.
 * @param {string} key
 * @param {number} at
 * @param {number} count
 */
function placeAfter(key, at, count) {
  /** @type {Record<string, number>} */
  const places = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1 };
  const next = { ...places, Home: 0, End: count - 1 }[key];
  return next === undefined ? undefined : Math.min(count - 1, Math.max(0, next));
}

/**
 * @param {View} view
 * @param {Plan} plan
 */
function draw(view, plan) {
  const { grid, legend } = view;
  setText(view.sentence, plan.sentence);
  const count = plan.steps.length;
  const room = (view.pane.clientWidth - LABEL_PX - 16) / count;
  const cell = Math.min(CELL.most, Math.max(CELL.least, room));
  grid.style.gridTemplateColumns = `${LABEL_PX}px repeat(${count}, ${cell}px)`;
  view.steps = plan.steps.map((step, s) => stepButton(step, s, plan));
  view.tokens = plan.tokens.map((token, t) => tokenButton(token, t, plan));
  view.columns = plan.steps.map(() => []);
  const rows = view.tokens.flatMap((node, t) => [node, ...strip(view, plan, t)]);
  const [settled, steps] = ["Settled tokens", "Step"].map((text) => el("div", "corner top", text));
  steps.style.top = "53px";
  const bars = plan.share.map((share, s) => shareBar(share, s === count - 1));
  grid.replaceChildren(settled, ...bars, steps, ...view.steps, ...rows);
  setText(legend, LEGEND);
}

/**
 * None for the last step: what it says is settled there by definition.
 * @param {number} share
 * @param {boolean} isLast
 */
function shareBar(share, isLast) {
  const node = el("div", "share top");
  if (isLast) return node;
  const [bar, label] = [el("i"), el("b", "", percent(share))];
  bar.style.height = `${Math.max(1, share * SHARE_PX)}px`;
  label.style.bottom = `${share * SHARE_PX + 1}px`;
  node.append(bar, label);
  return node;
}

/**
 * @param {number} step
 * @param {number} s
 * @param {Plan} plan
 */
function stepButton(step, s, plan) {
  const node = button("step top", step.toLocaleString("en"));
  node.style.top = "53px";
  node.dataset.step = String(step);
  node.tabIndex = s ? -1 : 0;
  const isLast = s === plan.steps.length - 1;
  const said = isLast ? "the newest" : `${percent(plan.share[s])} of the tokens have settled`;
  node.setAttribute("aria-label", `Step ${step}: ${said}. Press to show this step.`);
  return node;
}

/**
 * @param {string} token
 * @param {number} t
 * @param {Plan} plan
 */
function tokenButton(token, t, plan) {
  const node = button("token", token);
  node.dataset.token = String(t);
  node.tabIndex = t ? -1 : 0;
  const since = plan.steps[plan.settled[t]];
  const last = plan.first[t].at(-1);
  const route = `expert ${last} since step ${since}`;
  node.setAttribute("aria-label", `Token “${token}”, position ${t}: ${route}. Press to inspect.`);
  return node;
}

/**
 * @param {View} view
 * @param {Plan} plan
 * @param {number} t
 */
function strip(view, plan, t) {
  return plan.first[t].map((expert, s) => {
    const node = el("div", "cell", `${expert}`);
    node.style.setProperty("--colour", plan.colours[expert]);
    node.style.setProperty("--on", textOn(rgbOf(plan.colours[expert])));
    node.classList.toggle("settled", s >= plan.settled[t]);
    node.classList.toggle("from", s > 0 && s === plan.settled[t]);
    node.dataset.step = String(plan.steps[s]);
    node.title = `“${plan.tokens[t]}” at step ${plan.steps[s]}: expert ${expert}`;
    view.columns[s].push(node);
    return node;
  });
}

/**
 * @param {View} view
 * @param {Data} data
 */
function mark(view, { plan, step, token }) {
  plan.steps.forEach((each, s) => {
    setAttribute(view.steps[s], "aria-pressed", each === step);
    view.columns[s].forEach((node) => node.classList.toggle("now", each === step));
  });
  view.tokens.forEach((node, t) => {
    node.classList.toggle("picked", t === token);
    setAttribute(node, "aria-pressed", t === token);
  });
}
