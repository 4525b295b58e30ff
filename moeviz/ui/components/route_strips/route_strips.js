// Strips: for each token the expert of its first choice at every kept step.
//
// A row a token, a column a step; bars above say which share of the tokens had settled. A step and
// a token are buttons; arrows walk over the steps. Text reaches the page by textContent alone.

import { adoptStyles, el, percent, setAttribute, setText } from "../shared/shared.js";
import { rgbOf, textOn } from "../routing_stage/routing_stage_ink.js";

const LABEL_PX = 120;
const CELL = { least: 22, most: 88 };
const SHARE_PX = 36;

export default async function routeStrips({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, new URL("route_strips.css", import.meta.url));
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

function build(root) {
  const [sentence, window, grid] = [el("p", "sentence"), el("div", "window"), el("div", "grid")];
  const legend = el("p", "legend");
  sentence.setAttribute("role", "status");
  window.append(grid);
  root.replaceChildren(sentence, window, legend);
  const view = { sentence, window, grid, legend, steps: [], tokens: [], columns: [] };
  grid.addEventListener("click", (event) => choose(view, event.target));
  grid.addEventListener("keydown", (event) => walk(view, event));
  return view;
}

function choose(view, target) {
  const button = target.closest("button, .cell");
  if (!button) return;
  if (button.dataset.step) view.tell("step", { step: Number(button.dataset.step) });
  else if (button.dataset.token) view.tell("token", { token: Number(button.dataset.token) });
}

/** Left and right go over the steps, up and down over the tokens; Tab stops once for each. */
function walk(view, event) {
  const { target, key } = event;
  const group = [view.steps, view.tokens].find((each) => each.includes(target));
  if (!group || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = group.indexOf(target);
  const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1 };
  const next = { ...to, Home: 0, End: group.length - 1 }[key];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const node = group[Math.min(group.length - 1, Math.max(0, next))];
  target.tabIndex = -1;
  node.tabIndex = 0;
  node.focus();
}

function draw(view, plan) {
  const { grid, legend } = view;
  setText(view.sentence, plan.sentence);
  const S = plan.steps.length;
  const cell = Math.min(
    CELL.most,
    Math.max(CELL.least, (view.window.clientWidth - LABEL_PX - 16) / S),
  );
  grid.style.gridTemplateColumns = `${LABEL_PX}px repeat(${S}, ${cell}px)`;
  view.steps = plan.steps.map((step, s) => stepButton(step, s, plan));
  view.tokens = plan.tokens.map((token, t) => tokenButton(token, t, plan));
  view.columns = plan.steps.map(() => []);
  const rows = view.tokens.flatMap((button, t) => [button, ...strip(view, plan, t)]);
  const [settled, steps] = [
    el("div", "corner top", "settled for good"),
    el("div", "corner top", "step"),
  ];
  steps.style.top = "53px";
  grid.replaceChildren(
    settled,
    ...plan.share.map((share, s) => shareBar(share, s === S - 1)),
    steps,
    ...view.steps,
    ...rows,
  );
  const words = "The number and the colour are the expert of the first choice";
  setText(legend, `${words}; from the line on it never changed again. Choose a step or a token.`);
}

/** None for the last step: what it says is settled there by definition. */
function shareBar(share, isLast) {
  const node = el("div", "share top");
  if (isLast) return node;
  const [bar, label] = [el("i"), el("b", "", percent(share))];
  bar.style.height = `${Math.max(1, share * SHARE_PX)}px`;
  label.style.bottom = `${share * SHARE_PX + 1}px`;
  node.append(bar, label);
  return node;
}

function stepButton(step, s, plan) {
  const node = el("button", "step top", step.toLocaleString("en"));
  node.type = "button";
  node.style.top = "53px";
  node.dataset.step = step;
  node.tabIndex = s ? -1 : 0;
  const isLast = s === plan.steps.length - 1;
  const said = isLast ? "the last" : `${percent(plan.share[s])} of the tokens settled`;
  node.setAttribute("aria-label", `step ${step}: ${said}`);
  return node;
}

function tokenButton(token, t, plan) {
  const node = el("button", "token", token);
  node.type = "button";
  node.dataset.token = t;
  node.tabIndex = t ? -1 : 0;
  const since = plan.steps[plan.settled[t]];
  const last = plan.first[t].at(-1);
  node.setAttribute("aria-label", `token ${t}, “${token}”: expert ${last} since step ${since}`);
  return node;
}

function strip(view, plan, t) {
  return plan.first[t].map((expert, s) => {
    const node = el("div", "cell", `${expert}`);
    node.style.setProperty("--colour", plan.colours[expert]);
    node.style.setProperty("--on", textOn(rgbOf(plan.colours[expert])));
    node.classList.toggle("settled", s >= plan.settled[t]);
    node.classList.toggle("from", s > 0 && s === plan.settled[t]);
    node.dataset.step = plan.steps[s];
    node.title = `“${plan.tokens[t]}” at step ${plan.steps[s]}: expert ${expert}`;
    view.columns[s].push(node);
    return node;
  });
}

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
