// The stage's nodes: controls, words, chips, experts' heads, table. Text by textContent alone.

import { el, fillTable, setAttribute, setText } from "../shared/shared.js";
import { SCENES, TABLE_HEADER, tableRows, tokenWords } from "./routing_stage_facts.js";
import { columnX } from "./routing_stage_layout.js";
import { rgbOf, textOn } from "./routing_stage_ink.js";

const SPEEDS = [0.5, 1, 2];
const NOTICED_MS = 500; // a shorter wait needs no words

/** `does`: play(), back(), next(), speed(x), jump(scene), skip(), pickToken(t), pickExpert(e), point(t, e). */
export function build(root, does) {
  const nodes = { bar: controls(does), ...words(), ...picture(does), ...foot() };
  nodes.empty = el("p", "empty", "Type a text to see it routed");
  nodes.body = el("div", "body");
  nodes.body.append(nodes.bar.node, nodes.words, nodes.window, nodes.foot);
  root.replaceChildren(nodes.empty, nodes.body);
  listen(nodes, does);
  return nodes;
}

function button(className, text, label, onClick) {
  const node = el("button", className, text);
  node.type = "button";
  if (label) node.setAttribute("aria-label", label);
  node.addEventListener("click", onClick);
  return node;
}

function controls(does) {
  const node = el("div", "bar");
  const play = button("play", "Play", null, does.play);
  const back = button("step", "‹", "Scene back", does.back);
  const next = button("step", "›", "Next scene", does.next);
  const speeds = SPEEDS.map((speed) =>
    button("speed", `${speed}×`, `Speed ${speed}×`, () => does.speed(speed))
  );
  const choice = el("div", "speeds");
  choice.setAttribute("role", "group");
  choice.setAttribute("aria-label", "Speed");
  choice.append(...speeds);
  const tabs = SCENES.map((name, scene) => tab(name, scene, does));
  const scenes = el("div", "scenes");
  scenes.setAttribute("role", "group");
  scenes.setAttribute("aria-label", "Scenes");
  scenes.append(...tabs);
  node.append(play, back, next, scenes, choice);
  return { node, play, back, next, speeds, tabs };
}

function tab(name, scene, does) {
  const node = button("scene", null, null, () => does.jump(scene));
  const word = name[0].toUpperCase() + name.slice(1);
  node.setAttribute("aria-label", `${scene + 1} ${word}`);
  node.append(el("b", "", `${scene + 1} `), el("span", "", word), el("i", "done"));
  return node;
}

function words() {
  const [node, head] = [el("div", "words"), el("div", "head")];
  const [title, formula, shapes] = [el("h3"), el("code", "formula"), el("span", "shapes")];
  const sentence = el("p", "sentence");
  sentence.setAttribute("aria-live", "polite");
  const moment = el("span", "moment");
  head.append(title, formula, shapes, moment);
  node.append(head, sentence);
  return { words: node, title, formula, shapes, moment, sentence };
}

function picture(does) {
  const [window, sheet, pane] = [el("div", "window"), el("div", "sheet"), el("div", "picture")];
  const [chips, heads, caption, canvas] = [
    el("div", "chips"),
    el("div", "heads"),
    el("p", "caption"),
    el("canvas"),
  ];
  chips.setAttribute("role", "group");
  heads.setAttribute("role", "group");
  heads.setAttribute("aria-label", "Experts");
  canvas.setAttribute("role", "img");
  const lane = el("span", "lane-name", "residual");
  const side = el("div", "side");
  side.append(heads, lane);
  const [skip, wait] = [button("skip", null, null, does.skip), el("span")];
  skip.append(wait, el("b", "", "Show it now"));
  pane.append(canvas, caption, side, skip);
  sheet.append(chips, pane);
  window.append(sheet);
  return { window, sheet, chips, pane, heads, caption, canvas, side, lane, skip, wait };
}

function foot() {
  const [node, readout] = [el("div", "foot"), el("p", "readout")];
  const [details, scroll, table] = [el("details"), el("div", "scroll"), el("table")];
  scroll.tabIndex = 0;
  scroll.append(table);
  details.append(el("summary", "", "Show as table"), scroll);
  node.append(readout, details);
  return { foot: node, readout, table };
}

/** One listener a group: the buttons come and go with the plan. */
function listen({ chips, heads }, does) {
  const number = (event) => {
    const node = event.target.closest?.("button");
    return node ? Number(node.dataset.number) : null;
  };
  chips.addEventListener(
    "click",
    (event) => number(event) !== null && does.pickToken(number(event)),
  );
  heads.addEventListener(
    "click",
    (event) => number(event) !== null && does.pickExpert(number(event)),
  );
  for (const name of ["pointerover", "focusin"]) {
    chips.addEventListener(name, (event) => does.point(number(event), null));
    heads.addEventListener(name, (event) => does.point(null, number(event)));
  }
  for (const node of [chips, heads]) {
    for (const name of ["pointerleave", "focusout"]) {
      node.addEventListener(name, () => does.point(null, null));
    }
  }
}

/** Chips and heads for a new plan: the ones there are stay, so that focus does. */
export function fill(nodes, facts) {
  const { plan, T, E } = facts;
  count(nodes.chips, T, chip);
  count(nodes.heads, E, () => el("button", "expert"));
  nodes.chips.setAttribute("aria-label", `${T} tokens`);
  [...nodes.chips.children].forEach((node, t) => setText(node.firstChild, plan.tokens[t]));
  [...nodes.heads.children].forEach((node, e) => {
    const sent = `${facts.load[e]} sent, ${facts.kept[e]} kept`;
    setAttribute(node, "aria-label", `expert ${e}: ${sent}`);
    node.style.setProperty("--colour", plan.colours[e]);
    node.style.setProperty("--on", textOn(rgbOf(plan.colours[e])));
  });
  fillTable(
    nodes.table,
    `${T} tokens, ${E} experts; places count from 1`,
    TABLE_HEADER,
    tableRows(facts),
  );
}

function chip() {
  const node = el("button", "chip");
  node.append(el("span", "token"), el("i", "sign"));
  return node;
}

function count(parent, wanted, make) {
  while (parent.children.length > wanted) parent.lastChild.remove();
  while (parent.children.length < wanted) {
    const node = make();
    node.type = "button";
    node.dataset.number = parent.children.length;
    node.tabIndex = parent.children.length ? -1 : 0;
    parent.append(node);
  }
  if (wanted && ![...parent.children].some((node) => node.tabIndex === 0)) {
    parent.firstChild.tabIndex = 0;
  }
}

export function place(nodes, frame) {
  nodes.sheet.style.width = `${frame.width}px`;
  nodes.chips.style.width = `${frame.viewWidth}px`;
  nodes.chips.classList.toggle("aligned", frame.aligned);
  [...nodes.chips.children].forEach((node, t) => {
    node.style.left = frame.aligned ? `${columnX(frame, t)}px` : "";
    node.style.width = frame.aligned ? `${frame.column - 2}px` : "";
  });
  const thin = frame.pitch < 8;
  nodes.heads.style.cssText = `top: ${frame.top}px; left: ${thin ? frame.left - 22 : 0}px; width: ${
    thin ? 14 : frame.left - 8
  }px`;
  nodes.side.style.cssText = `width: ${frame.left - 2}px; height: ${frame.height}px`;
  [...nodes.heads.children].forEach((node, e) => {
    node.style.height = `${frame.pitch}px`;
    setText(node, thin ? "" : `${e}`);
    setAttribute(node, "data-beside", thin && e % 8 === 0 ? e : "");
  });
  nodes.heads.classList.toggle("thin", thin);
  nodes.caption.style.setProperty("--left", `${frame.left}px`);
  nodes.lane.style.cssText = `top: ${frame.lane.top}px; height: ${frame.lane.height}px; width: ${
    frame.left - 6
  }px`;
}

/** The name of a chip says all of it; what CSS adds to its text is for the eye.
 *  Chips wear their experts once they are chosen; signs once they have moved. */
export function dress(nodes, facts, { revealed, dispatched }, picks) {
  const { plan, marks, lost } = facts;
  [...nodes.chips.children].forEach((node, t) => {
    const colours = plan.sent[t].map((e) => plan.colours[e]);
    node.style.setProperty("--stripe", revealed ? stripes(colours) : "none");
    node.style.setProperty("--colour", revealed ? colours[0] : "transparent");
    setAttribute(node, "data-ways", revealed ? plan.sent[t].join("·") : "");
    const signs = dispatched ? marks[t] : "";
    setAttribute(node.lastChild, "data-sign", signs);
    node.classList.toggle("lost", dispatched && lost[t]);
    node.classList.toggle("changed", signs !== "");
    node.classList.toggle("picked", picks.token === t);
    setAttribute(node, "aria-pressed", picks.token === t);
    setAttribute(node, "aria-label", tokenWords(facts, t, revealed));
    node.title = tokenWords(facts, t, revealed);
  });
  [...nodes.heads.children].forEach((node, e) => {
    node.classList.toggle("picked", picks.expert === e);
    setAttribute(node, "aria-pressed", picks.expert === e);
  });
}

function stripes(colours) {
  const part = 100 / colours.length;
  return `linear-gradient(90deg, ${
    colours.map((c, i) => `${c} ${i * part}% ${(i + 1) * part}%`).join(", ")
  })`;
}

/** Text in which `_x` stands for an index below the line. */
function setFormula(node, text) {
  if (node.dataset.text === text) return;
  node.dataset.text = text;
  node.replaceChildren(
    ...text.split(/_(\w+)/).map((part, i) => (i % 2 ? el("sub", "", part) : part)),
  );
}

export function showPlayer(nodes, player, plan) {
  const { bar } = nodes;
  const scene = plan.scenes[player.scene];
  const [name, label] = player.playing
    ? ["Pause", "❚❚"]
    : player.atEnd()
    ? ["Replay", "↻"]
    : ["Play", "▶"];
  setText(bar.play, `${label} ${name}`);
  setAttribute(bar.play, "aria-label", name);
  bar.back.disabled = player.scene === 0;
  bar.next.disabled = player.scene === SCENES.length - 1;
  bar.speeds.forEach((node, i) => setAttribute(node, "aria-pressed", SPEEDS[i] === player.speed));
  bar.tabs.forEach((node, i) => {
    if (i === player.scene) setAttribute(node, "aria-current", "step");
    else node.removeAttribute("aria-current");
    node.classList.toggle("seen", i < player.scene);
  });
  setText(nodes.title, scene.title);
  setFormula(nodes.formula, scene.formula);
  setFormula(nodes.shapes, scene.shapes);
  setText(nodes.sentence, scene.sentence);
  showWait(nodes, player);
}

/** While a scene is read, its picture is still that of the scene before: say so on the picture. */
function showWait({ skip, wait }, { phase, running, left, speed }) {
  const reading = phase === "read" && running && left > NOTICED_MS;
  skip.classList.toggle("waiting", reading);
  if (reading) {
    setText(wait, `Read first: the picture moves in ${Math.ceil(left / speed / 1000)} s · `);
  }
}
