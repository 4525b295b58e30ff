// Bars of tokens per expert: a column for each arm, a row for each layer.
//
// The frame is built once for a shape (arms, layers, experts); every later call moves the same
// nodes by CSS transitions. Selecting an expert is the only thing that Python hears of.

import { adoptStyles, el, fillTable, percent, setAttribute, setText, svg } from "./shared.js";

const SCALES = [0.02, 0.05, 0.1, 0.2, 0.5, 1];
const LABELLED_OVER_FAIR = 1.5;
const MOST_LABELS = 3;
const LINE_OF_TEXT = 13;

export default async function loadBars({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, "shared.css", "load_bars.css");
  const root = parentElement.querySelector(".load-bars");
  if (!root) return undefined;
  const shape = JSON.stringify(data.arms.map((arm) => [arm.layers.length, arm.n_experts]));
  if (root.view?.shape !== shape) root.view = { ...build(root, data), shape, scale: 0 };
  root.view.select = (chosen) => setTriggerValue("expert", chosen);
  update(root.view, data);
  return undefined; // nothing outlives the nodes
}

function build(root, data) {
  const arms = data.arms.map((arm, index) => buildArm(arm, index, data, root));
  const grid = el("div", "arms");
  grid.style.setProperty("--arms", arms.length);
  grid.append(...arms.map((arm) => arm.node));
  const caption = el("figcaption");
  const table = el("table", "visually-hidden");
  root.replaceChildren(grid, caption, table);
  return { arms, caption, table };
}

function buildArm(arm, index, data, root) {
  const node = el("section", "arm");
  const title = el("h3");
  const subtitle = el("p", "subtitle");
  const quiet = el("p", "quiet", "Dense: every token takes the same way, so nothing is routed.");
  const rows = Math.max(...data.arms.map((each) => each.layers.length), 1);
  const height = Math.round(Math.min(150, Math.max(46, 330 / rows - 36)));
  const layers = arm.layers.map((_, layer) =>
    buildLayer({ arm: index, layer, experts: arm.n_experts, colours: data.colours, height, root }),
  );
  node.append(title, subtitle, ...(layers.length ? layers.map((each) => each.node) : [quiet]));
  return { node, title, subtitle, layers };
}

function buildLayer({ arm, layer, experts, colours, height, root }) {
  const node = el("div", "layer");
  const head = el("div", "layer-head");
  const readout = el("span", "readout");
  head.append(el("span", "layer-name", `Layer ${layer}`), readout);
  const plot = el("div", "plot");
  const picture = svg("svg", { role: "img", height: height + 20, width: "100%" });
  const axis = buildAxis(picture, height);
  const bars = Array.from({ length: experts }, (_, e) => buildBar(picture, e, experts, colours[e], height));
  const capacity = buildCapacity(picture);
  const waiting = svg("text", { x: "50%", y: height / 2, class: "waiting" }, picture);
  const place = { arm, layer, experts, root };
  const hits = buildHits(place);
  plot.append(picture, hits.node);
  node.append(head, plot);
  return { node, readout, picture, axis, bars, capacity, waiting, hits, height, experts };
}

function buildAxis(picture, height) {
  const line = (name) => svg("line", { x1: 0, x2: "100%", y1: height, y2: height, class: name }, picture);
  const label = (name, y) => svg("text", { x: -6, y, class: `tick ${name}` }, picture);
  const axis = { top: line("rule"), base: line("base"), fair: line("fair") };
  axis.top.setAttribute("y1", 0.5);
  axis.top.setAttribute("y2", 0.5);
  return {
    ...axis,
    topLabel: label("", 9),
    baseLabel: label("", height),
    fairLabel: label("fair-label", height + 4),
  };
}

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
    starving: svg("circle", { cx: centre, cy: height - 6, r: experts > 24 ? 2 : 3.2, class: "starving" }, group),
    value: svg("text", { x: centre, y: height - 4, class: "value" }, group),
    name: buildName(group, expert, experts, centre, height),
  };
}

function buildName(group, expert, experts, centre, height) {
  const every = experts > 32 ? 8 : experts > 16 ? 4 : 1;
  const shown = expert % every === 0;
  if (!shown) return null;
  const name = svg("text", { x: centre, y: height + 14, class: "number" }, group);
  name.textContent = expert;
  return name;
}

function buildCapacity(picture) {
  const group = svg("g", { class: "capacity" }, picture);
  svg("line", { x1: 0, x2: "100%", y1: 0, y2: 0 }, group);
  const label = svg("text", { x: "100%", y: -4 }, group);
  return { group, label };
}

/** One button an expert, laid over its bar; the arrow keys walk, so Tab stops once a layer. */
function buildHits({ arm, layer, experts, root }) {
  const node = el("div", "hits");
  node.setAttribute("role", "group");
  const buttons = Array.from({ length: experts }, (_, expert) => {
    const button = el("button");
    button.type = "button";
    button.tabIndex = expert ? -1 : 0;
    button.addEventListener("click", () => choose(root, { arm, layer, expert }));
    button.addEventListener("pointerenter", () => point(root, { arm, layer, expert }));
    button.addEventListener("focus", () => point(root, { arm, layer, expert }));
    button.addEventListener("blur", () => point(root, null));
    return button;
  });
  node.append(...buttons);
  node.addEventListener("pointerleave", () => point(root, null));
  node.addEventListener("keydown", (event) => walk(event, buttons));
  return { node, buttons };
}

function walk(event, buttons) {
  const from = buttons.indexOf(event.target);
  const last = buttons.length - 1;
  const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: last }[event.key];
  if (to === undefined || from < 0) return;
  event.preventDefault();
  const next = buttons[Math.min(last, Math.max(0, to))];
  buttons[from].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function choose(root, { arm, layer, expert }) {
  const view = root.view;
  view.chosen = view.chosen?.expert === expert ? null : { arm, layer, expert };
  mark(view);
  view.select({ arm: view.data.arms[arm].name, layer, expert });
}

function point(root, place) {
  root.view.pointed = place;
  mark(root.view);
  showReadouts(root.view);
}

/** The expert in question stands out in every arm and layer: it is the same colour everywhere. */
function mark(view) {
  const expert = view.pointed?.expert ?? view.chosen?.expert;
  view.arms.forEach((arm) =>
    arm.layers.forEach((layer) =>
      layer.bars.forEach((bar, e) => {
        bar.group.classList.toggle("dimmed", expert !== undefined && e !== expert);
      }),
    ),
  );
}

function update(view, data) {
  view.data = data;
  view.scale = scaleFor(view, data);
  view.arms.forEach((arm, a) => {
    const source = data.arms[a];
    setText(arm.title, source.title);
    setText(arm.subtitle, source.subtitle);
    arm.layers.forEach((layer, l) => updateLayer(layer, source.layers[l], source, view, data));
  });
  nameLayers(view, data);
  showReadouts(view);
  setText(view.caption, captionFor(data));
  updateTable(view, data);
}

/** One scale for all arms, so that heights compare; it only grows while steps go on. */
function scaleFor(view, data) {
  const loads = data.arms.flatMap((arm) => arm.layers.flatMap((layer) => layer.load ?? []));
  const experts = Math.max(...data.arms.map((arm) => arm.n_experts), 2);
  const wanted = Math.max(3 / experts, ...loads);
  const fitting = SCALES.find((top) => top >= wanted - 1e-6) ?? 1;
  return loads.length ? Math.max(view.scale, fitting) : fitting;
}

function updateLayer(layer, { load, processed }, arm, view, data) {
  const { height, experts } = layer;
  const toPixels = (share) => (share / view.scale) * height;
  const fair = 1 / experts;
  placeAxis(layer, fair, view.scale);
  layer.node.classList.toggle("empty", !load);
  setText(layer.waiting, load ? "" : data.placeholder);
  placeCapacity(layer.capacity, arm.capacity_share, view.scale, height);
  const labelled = load ? mostLoaded(load, fair) : [];
  layer.bars.forEach((bar, e) => {
    const routed = load ? load[e] : 0;
    const done = Math.min(processed?.[e] ?? routed, routed);
    bar.processed.style.transform = `scaleY(${done / view.scale})`;
    bar.dropped.style.transform = `translateY(${-toPixels(done)}px) scaleY(${(routed - done) / view.scale})`;
    bar.dropped.classList.toggle("some", routed - done > 1e-6);
    bar.starving.classList.toggle("shown", Boolean(load) && routed < data.starving * fair);
    bar.value.style.transform = `translateY(${-toPixels(routed)}px)`;
    bar.value.classList.toggle("shown", labelled.includes(e));
    if (labelled.includes(e)) setText(bar.value, percent(routed));
  });
}

function placeAxis({ axis, height }, fair, scale) {
  const y = height * (1 - fair / scale);
  axis.fair.style.transform = `translateY(${y - height}px)`;
  axis.fairLabel.style.transform = `translateY(${Math.max(y, LINE_OF_TEXT + 8) - height}px)`;
  setText(axis.topLabel, percent(scale));
  setText(axis.fairLabel, `fair ${Number((fair * 100).toPrecision(3))}\u202f%`);
  setText(axis.baseLabel, height - y > LINE_OF_TEXT + 2 ? "0" : "");
}

function placeCapacity({ group, label }, share, scale, height) {
  const shown = typeof share === "number" && share <= scale;
  group.classList.toggle("shown", shown);
  if (!shown) return;
  group.style.transform = `translateY(${height * (1 - share / scale)}px)`;
  setText(label, `capacity ${percent(share)}`);
}

/** At most a few experts, well above the fair share and far enough apart for their labels. */
function mostLoaded(load, fair) {
  const order = load.map((_, e) => e).sort((a, b) => load[b] - load[a]);
  const chosen = [];
  for (const e of order) {
    const apart = chosen.every((other) => Math.abs(other - e) * 10 >= load.length);
    if (load[e] < LABELLED_OVER_FAIR * fair || chosen.length === MOST_LABELS) break;
    if (apart) chosen.push(e);
  }
  return chosen;
}

function eachLayer(view, data, visit) {
  view.arms.forEach((arm, a) =>
    arm.layers.forEach((layer, l) => visit(layer, data.arms[a].layers[l], data.arms[a], a, l)),
  );
}

function nameLayers(view, data) {
  eachLayer(view, data, (layer, { load, processed }, arm, _, l) => {
    const place = `${arm.title}, layer ${l}`;
    setAttribute(layer.picture, "aria-label", `${place}: ${summary(load, processed, data.starving)}`);
    setAttribute(layer.hits.node, "aria-label", `${place}: choose an expert`);
    layer.hits.buttons.forEach((button, e) =>
      setAttribute(button, "aria-label", `expert ${e}: ${load ? share(load[e]) : "no step yet"}`),
    );
  });
}

/** Rounded to a whole per cent: a name that changes ten times a second is no name. */
const share = (value) => `${Math.round(value * 100)} %`;

function summary(load, processed, starvingBelow) {
  if (!load) return "no step yet";
  const top = load.indexOf(Math.max(...load));
  const starving = load.filter((value) => value < starvingBelow / load.length).length;
  const dropped = load.reduce((sum, value, e) => sum + value - (processed?.[e] ?? value), 0);
  return (
    `expert ${top} has most, ${share(load[top])} of the tokens; ` +
    `${starving} of ${load.length} experts starve; ${share(Math.max(0, dropped))} dropped`
  );
}

function showReadouts(view) {
  const { pointed, chosen, data } = view;
  const expert = pointed?.expert ?? chosen?.expert;
  eachLayer(view, data, (layer, { load, processed }) => {
    if (expert === undefined || !load || expert >= load.length) return setText(layer.readout, "");
    const lost = load[expert] - (processed?.[expert] ?? load[expert]);
    const more = lost > 1e-6 ? `, ${percent(lost)} dropped` : "";
    return setText(layer.readout, `expert ${expert}: ${percent(load[expert])}${more}`);
  });
}

function captionFor(data) {
  const layers = data.arms.flatMap((arm) => arm.layers).filter((layer) => layer.load);
  const drops = layers.some(({ load, processed }) =>
    load.some((value, e) => value - (processed?.[e] ?? value) > 1e-6),
  );
  const starves = layers.some(({ load }) => load.some((value) => value < data.starving / load.length));
  return (
    `Share of the tokens that the router sends to each expert, mean of ${data.window_steps} steps.` +
    (drops ? " Hollow: sent there but dropped, the expert was full." : "") +
    (starves ? " Ring: next to nothing arrives." : "")
  );
}

function updateTable(view, data) {
  const rows = [];
  eachLayer(view, data, (_, { load, processed }, arm, __, l) =>
    (load ?? []).forEach((value, e) =>
      rows.push([arm.title, `${l}`, `${e}`, share(value), share(processed?.[e] ?? value)]),
    ),
  );
  fillTable(view.table, "Tokens per expert", ["Model", "Layer", "Expert", "Routed", "Processed"], rows);
}
