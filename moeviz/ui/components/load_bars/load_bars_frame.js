// The frame of the load bars: nodes for a shape (arms, layers, experts), built once and then moved.

import { el, svg } from "../shared/shared.js";

/** @import { Arm, Data } from "./load_bars.js" */

/** @typedef {{arm: number, layer: number, expert: number}} Place */

/**
 * What hears of experts.
 * @typedef {object} React
 * @property {(place: Place) => void} choose  on a click
 * @property {(place: Place | null) => void} point  on hover and focus
 */

/** @typedef {ReturnType<typeof buildLayer>} LayerNodes */

/**
 * @param {HTMLElement} root
 * @param {Data} data
 * @param {React} react
 */
export function build(root, data, react) {
  const arms = data.arms.map((arm, index) => buildArm(arm, index, data, react));
  const grid = el("div", "arms");
  // A dense arm has a sentence to show and no bars: it needs less room.
  const columns = arms.map(({ layers }) => `minmax(0, ${layers.length ? 1 : 0.6}fr)`);
  grid.style.setProperty("--columns", columns.join(" "));
  grid.classList.toggle(
    "narrow",
    arms.length <= 2 && data.arms.every((arm) => arm.n_experts <= 16),
  );
  grid.append(...arms.map((arm) => arm.node));
  const caption = el("figcaption");
  const table = el("table");
  const heard = el("div", "visually-hidden"); // a table itself would not shrink to nothing
  heard.append(table);
  root.replaceChildren(grid, caption, heard);
  return { grid, arms, caption, table };
}

/**
 * @param {Arm} arm
 * @param {number} index
 * @param {Data} data
 * @param {React} react
 */
function buildArm(arm, index, data, react) {
  const node = el("section", "arm");
  const title = el("h2");
  const subtitle = el("p", "subtitle");
  const quiet = el(
    "p",
    "quiet",
    "Dense model: every token uses the same network, so nothing is routed.",
  );
  const rows = Math.max(...data.arms.map((each) => each.layers.length), 1);
  const height = data.height ?? Math.round(Math.min(130, Math.max(56, 304 / rows - 36)));
  const layers = arm.layers.map((_, layer) =>
    buildLayer({
      arm: index,
      layer,
      name: data.bare ? "" : `Layer ${data.layer_numbers?.[layer] ?? layer}`,
      experts: arm.n_experts,
      colours: data.colours,
      height,
      react,
    })
  );
  const head = el("header");
  if (!data.bare) head.append(title, subtitle);
  const body = el("div");
  body.append(...(layers.length ? layers.map((each) => each.node) : [quiet]));
  node.append(head, body);
  return { node, title, subtitle, layers };
}

/** @param {{arm: number, layer: number, name: string, experts: number, colours: string[], height: number, react: React}} layer */
function buildLayer({ arm, layer, name, experts, colours, height, react }) {
  const node = el("div", "layer");
  const head = el("div", "layer-head");
  const readout = el("span", "readout");
  head.append(el("span", "layer-name", name), readout);
  const plot = el("div", "plot");
  const picture = svg("svg", { role: "img", height: height + 20, width: "100%" });
  const axis = buildAxis(picture, height);
  const bars = Array.from(
    { length: experts },
    (_, e) => buildBar(picture, e, experts, colours[e], height),
  );
  const capacity = buildCapacity(picture);
  const waiting = svg("text", { x: "50%", y: height / 2, class: "waiting" }, picture);
  const hits = buildHits({ arm, layer, experts, react });
  plot.append(picture, hits.node);
  node.append(head, plot);
  return { node, readout, picture, axis, bars, capacity, waiting, hits, height, experts };
}

/**
 * @param {SVGElement} picture
 * @param {number} height
 */
function buildAxis(picture, height) {
  /** @param {string} name */
  const line = (name) =>
    svg("line", { x1: 0, x2: "100%", y1: height, y2: height, class: name }, picture);
  /** @type {(name: string, y: number) => SVGTextElement} */
  const label = (name, y) => svg("text", { x: -6, y, class: `tick ${name}` }, picture);
  const axis = { top: line("rule"), base: line("base"), fair: line("fair") };
  axis.top.setAttribute("y1", "0.5");
  axis.top.setAttribute("y2", "0.5");
  return {
    ...axis,
    topLabel: label("", 9),
    baseLabel: label("", height),
    fairLabel: label("fair-label", height + 4),
  };
}

/**
 * @param {SVGElement} picture
 * @param {number} expert
 * @param {number} experts
 * @param {string} colour
 * @param {number} height
 */
function buildBar(picture, expert, experts, colour, height) {
  const thickness = experts > 4 ? 0.74 : 0.4;
  const group = svg("g", { class: "expert", style: `--colour: ${colour}` }, picture);
  const centre = `${((expert + 0.5) / experts) * 100}%`;
  const box = {
    x: `${((expert + 0.5 - thickness / 2) / experts) * 100}%`,
    width: `${(thickness / experts) * 100}%`,
    y: 0,
    height,
  };
  return {
    group,
    processed: svg("rect", { ...box, class: "processed" }, group),
    dropped: svg("rect", { ...box, class: "dropped" }, group),
    dead: svg("circle", {
      cx: centre,
      cy: height - 6,
      r: experts > 24 ? 2 : 3.2,
      class: "dead",
    }, group),
    value: svg("text", { x: centre, y: height - 4, class: "value" }, group),
    name: buildName(group, expert, experts, centre, height),
  };
}

/**
 * @param {SVGElement} group
 * @param {number} expert
 * @param {number} experts
 * @param {string} centre
 * @param {number} height
 */
function buildName(group, expert, experts, centre, height) {
  const every = experts > 32 ? 8 : experts > 16 ? 4 : 1;
  const shown = expert % every === 0;
  if (!shown) return null;
  const between = experts > 8 && expert % 4 ? " between" : "";
  const name = svg("text", { x: centre, y: height + 14, class: `number${between}` }, group);
  name.textContent = String(expert);
  return name;
}

/** @param {SVGElement} picture */
function buildCapacity(picture) {
  const group = svg("g", { class: "capacity" }, picture);
  svg("line", { x1: 0, x2: "100%", y1: 0, y2: 0 }, group);
  const label = svg("text", { x: -6, y: 4 }, group);
  return { group, label };
}

/**
 * One button an expert, laid over its bar; the arrow keys walk, so Tab stops once a layer.
 * @param {{arm: number, layer: number, experts: number, react: React}} layer
 */
function buildHits({ arm, layer, experts, react }) {
  const node = el("div", "hits");
  node.setAttribute("role", "group");
  const buttons = Array.from({ length: experts }, (_, expert) => {
    const button = el("button");
    button.type = "button";
    button.tabIndex = expert ? -1 : 0;
    button.addEventListener("click", () => react.choose({ arm, layer, expert }));
    button.addEventListener("pointerenter", () => react.point({ arm, layer, expert }));
    button.addEventListener("focus", () => react.point({ arm, layer, expert }));
    button.addEventListener("blur", () => react.point(null));
    return button;
  });
  node.append(...buttons);
  node.addEventListener("pointerleave", () => react.point(null));
  node.addEventListener("keydown", (event) => walk(event, buttons));
  return { node, buttons };
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLButtonElement[]} buttons
 */
function walk(event, buttons) {
  const from = buttons.findIndex((button) => button === event.target);
  const last = buttons.length - 1;
  /** @type {Record<string, number | undefined>} */
  const places = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: last };
  const to = places[event.key];
  if (to === undefined || from < 0) return;
  event.preventDefault();
  const next = buttons[Math.min(last, Math.max(0, to))];
  buttons[from].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
