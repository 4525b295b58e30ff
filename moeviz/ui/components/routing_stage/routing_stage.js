// The routing stage: tokens on their way through one MoE layer, in eight scenes.
//
// Python sends a plan; the player owns the clock; each change of either draws one picture. The
// nodes and the player live on the root element and survive new data. Reported are a token or an
// expert that is picked, and a scene that is reached.

import { adoptStyles, contextOf } from "../shared/shared.js";
import { build } from "./routing_stage_dom.js";
import { fill } from "./routing_stage_dress.js";
import { DISPATCH, factsOf, SCENES } from "./routing_stage_facts.js";
import { hit } from "./routing_stage_hit.js";
import { listenToKeys, listenToPage } from "./routing_stage_keys.js";
import { morph, standing } from "./routing_stage_morph.js";
import { durationOf, readingOf } from "./routing_stage_times.js";
import { BREATH_MS, Player, REST_MS } from "./routing_stage_player.js";
import { isLaidOut, measure, show } from "./routing_stage_show.js";

/** @import { Component, Root } from "../shared/shared.js" */
/** @import { Deeds } from "./routing_stage_dom.js" */
/** @import { Plan } from "./routing_stage_facts.js" */
/** @import { Picked, View } from "./routing_stage_show.js" */

/**
 * @typedef {object} Data
 * @property {Plan | null} plan  null or without tokens: an invitation to type
 * @property {number | null} picked_token
 * @property {number | null} picked_expert
 * @property {number} first_scene  where a stage that has shown nothing yet begins
 * @property {boolean} reports_scene
 */

/** @param {Component<Data>} component */
export default async function routingStage({ data, parentElement, setTriggerValue }) {
  await adoptStyles(
    parentElement,
    new URL("routing_stage.css", import.meta.url),
    new URL("routing_stage_picture.css", import.meta.url),
  );
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".routing-stage");
  if (!root) return undefined;
  root.view ??= makeView(root);
  const { view } = root;
  view.tell = setTriggerValue;
  update(view, data);
  // An update that a newer one has overtaken is cleaned up too, while the stage stands and plays.
  return () => setTimeout(() => root.isConnected || end(root, view));
}

/**
 * @param {Root<View>} root
 * @param {View} view
 */
function end(root, view) {
  view.player.halt();
  if (view.morph) cancelAnimationFrame(view.morph.frame);
  view.watcher.disconnect();
  view.deafen();
  root.view = undefined;
}

/** @param {HTMLElement} root */
function makeView(root) {
  const does = deeds(() => view);
  const nodes = build(root, does);
  /** @type {View} */
  const view = {
    ...{ root, nodes },
    context: contextOf(nodes.canvas),
    player: playerOf(() => view),
    watcher: new ResizeObserver(() => measure(view)),
    deafen: listenToPage(root, nodes.body, does),
    tell: () => {},
    reportsScene: false,
    picks: { token: null, expert: null, pointed: null, pointedExpert: null },
    told: { token: [], expert: [] },
    heard: {},
    drawn: {},
    texts: new Map(),
    ratio: 1,
    moment: undefined,
    waiting: null,
    morph: null,
  };
  root.tabIndex = 0;
  root.setAttribute("role", "region");
  root.setAttribute(
    "aria-label",
    "Routing stage. Space plays and pauses, arrow keys change the scene.",
  );
  listenToKeys(root, does);
  listenToPointer(view, does);
  view.watcher.observe(root);
  return view;
}

/** @param {() => View} viewed */
function playerOf(viewed) {
  return new Player({
    scenes: SCENES.length,
    lasts: (scene) => {
      const { facts } = viewed();
      return facts ? durationOf(scene, facts) : 0;
    },
    reads: (scene) => {
      const { facts } = viewed();
      return facts ? readingOf(scene, facts, REST_MS) : 0;
    },
    shown: () => refresh(viewed()),
    reached: (scene) => viewed().reportsScene && viewed().tell("scene", { scene }),
  });
}

/**
 * @param {() => View} viewed  the view is made after what acts on it
 * @returns {Deeds}
 */
function deeds(viewed) {
  /** @param {number} scene */
  const jump = (scene) => viewed().player.go(scene);
  /** @param {number} by */
  const step = (by) => {
    const scene = viewed().player.scene + by;
    if (scene >= 0 && scene < SCENES.length) jump(scene);
  };
  return {
    jump,
    play: () => viewed().player.toggle(),
    back: () => step(-1),
    next: () => step(1),
    first: () => jump(0),
    last: () => jump(SCENES.length - 1),
    speed: (speed) => viewed().player.setSpeed(speed),
    skip: () => viewed().player.skip(),
    pickToken: (token) => pick(viewed(), "token", token),
    pickExpert: (expert) => pick(viewed(), "expert", expert),
    point: (token, expert) => point(viewed(), token, expert),
  };
}

/**
 * Picked twice is picked no more.
 * @param {View} view
 * @param {Picked} what
 * @param {number} number
 */
function pick(view, what, number) {
  const { picks, told } = view;
  picks[what] = picks[what] === number ? null : number;
  told[what].push(picks[what]);
  view.tell(what, { [what]: picks[what] });
  show(view);
}

/**
 * @param {View} view
 * @param {number | null} token
 * @param {number | null} expert
 */
function point(view, token, expert) {
  const { picks } = view;
  if (picks.pointed === token && picks.pointedExpert === expert) return;
  Object.assign(picks, { pointed: token, pointedExpert: expert });
  show(view);
}

/**
 * @param {View} view
 * @param {Deeds} does
 */
function listenToPointer(view, does) {
  const { canvas } = view.nodes;
  canvas.addEventListener("pointermove", (event) => {
    const { token, expert } = hit(view, event.offsetX, event.offsetY);
    canvas.style.cursor = token === null ? "" : "pointer";
    does.point(token, expert);
  });
  canvas.addEventListener("pointerleave", () => does.point(null, null));
  canvas.addEventListener("click", (event) => {
    const { token } = hit(view, event.offsetX, event.offsetY);
    if (token !== null) does.pickToken(token);
    else view.player.skip();
  });
}

/**
 * @param {View} view
 * @param {Data} data
 */
function update(view, data) {
  const { nodes } = view;
  view.reportsScene = data.reports_scene;
  hear(view, "token", data.picked_token);
  hear(view, "expert", data.picked_expert);
  const { plan } = data;
  const shown = plan !== null && plan.tokens.length > 0;
  nodes.empty.hidden = shown;
  nodes.body.hidden = !shown;
  if (!shown) return leaveStage(view);
  const before = view.facts?.plan;
  view.moment = plan.moment;
  view.waiting = null;
  if (before?.rev === plan.rev) measure(view);
  else if (plan.moment && before?.story === plan.story && view.player.running) view.waiting = plan;
  else take(view, plan, data.first_scene);
  return show(view);
}

/**
 * A plan that waits takes the stage as soon as nothing moves.
 * @param {View} view
 */
function refresh(view) {
  if (view.waiting && !view.player.running) take(view, view.waiting);
  else show(view);
}

/**
 * Put a plan on the stage. One of the same story takes over where the other stood.
 * @param {View} view
 * @param {Plan} plan
 * @param {number} first
 */
function take(view, plan, first = 0) {
  const { nodes, picks } = view;
  const before = view.facts?.plan;
  const goesOn = before && before.story === plan.story && sameTokens(before, plan);
  const from = goesOn ? standing(view) : null;
  view.waiting = null;
  view.facts = factsOf(plan);
  fill(nodes, view.facts);
  picks.token = within(picks.token, plan.tokens.length);
  picks.expert = within(picks.expert, plan.n_experts);
  if (!goesOn) picks.pointed = picks.pointedExpert = null;
  measure(view);
  if (!goesOn) enter(view.player, plan, before, first);
  else if (isLaidOut(view)) morph(view, from, () => show(view));
}

/**
 * @param {number | null} picked
 * @param {number} count
 */
const within = (picked, count) => picked !== null && picked < count ? picked : null;

/**
 * What Python wants picked, unless it is the echo of a click that a later one has overtaken.
 * @param {View} view
 * @param {Picked} what
 * @param {number | null} wanted
 */
function hear(view, what, wanted) {
  if (view.heard[what] === wanted) return;
  view.heard[what] = wanted;
  view.told[what] = view.told[what].slice(view.told[what].indexOf(wanted) + 1 || Infinity);
  if (!view.told[what].length) view.picks[what] = wanted;
}

/** @param {View} view */
function leaveStage(view) {
  view.player.pause();
  view.facts = undefined;
  view.waiting = null;
}

/**
 * The first plan starts where it is told to; the same tokens routed otherwise are sent once more,
 * up to the scene that the reader was in.
 * @param {Player} player
 * @param {Plan} plan
 * @param {Plan | undefined} before
 * @param {number} first
 */
function enter(player, plan, before, first) {
  if (!before) return player.go(first);
  if (sameTokens(before, plan)) {
    return player.go(Math.min(player.scene, DISPATCH), {
      wait: BREATH_MS,
      until: Math.max(player.scene, player.until),
    });
  }
  return player.playing ? player.read(player.scene) : player.settle();
}

/**
 * @param {Plan} one
 * @param {Plan} other
 */
const sameTokens = (one, other) => JSON.stringify(one.tokens) === JSON.stringify(other.tokens);
