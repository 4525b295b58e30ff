// The routing stage: tokens on their way through one MoE layer, in eight scenes.
//
// Python sends a plan; the player owns the clock; each change of either draws one picture. The
// nodes and the player live on the root element and survive new data. Reported are a token or an
// expert that is picked, and a scene that is reached.

import { adoptStyles, setAttribute, setText } from "../shared/shared.js";
import { build, dress, fill, place, showPlayer } from "./routing_stage_dom.js";
import { draw } from "./routing_stage_draw.js";
import { DISPATCH, factsOf, SCENES, SELECT } from "./routing_stage_facts.js";
import { heatImage, inksOf, rangeOf } from "./routing_stage_ink.js";
import { listenToKeys, listenToPage } from "./routing_stage_keys.js";
import { capacityX, endsOf, frameOf } from "./routing_stage_layout.js";
import { blend, morph, standing } from "./routing_stage_morph.js";
import { durationOf, makePose, poseAt } from "./routing_stage_motion.js";
import { Player } from "./routing_stage_player.js";
import { hit } from "./routing_stage_hit.js";
import { captionFor, momentWords, pictureWords, readoutFor } from "./routing_stage_words.js";

const READ_MS = { least: 900, perLetter: 24, most: 4200 };

export default async function routingStage({ data, parentElement, setTriggerValue }) {
  await adoptStyles(
    parentElement,
    new URL("routing_stage.css", import.meta.url),
    new URL("routing_stage_picture.css", import.meta.url),
  );
  const root = parentElement.querySelector(".routing-stage");
  if (!root) return undefined;
  root.view ??= makeView(root);
  const { view } = root;
  view.tell = setTriggerValue;
  update(view, data);
  return () => {
    view.player.halt();
    cancelAnimationFrame(view.morph?.frame);
    view.watcher.disconnect();
    view.deafen();
    root.view = undefined;
  };
}

function makeView(root) {
  const view = {
    root,
    picks: { token: null, expert: null, pointed: null, pointedExpert: null },
    texts: new Map(),
    told: { token: [], expert: [] },
    heard: {},
    drawn: {},
  };
  const does = deeds(view);
  view.nodes = build(root, does);
  view.context = view.nodes.canvas.getContext("2d");
  view.player = new Player({
    scenes: SCENES.length,
    lasts: (scene) => durationOf(scene, view.facts),
    reads: (scene) => readingTime(view.facts.plan.scenes[scene].sentence),
    shown: () => show(view),
    reached: (scene) => view.reportsScene && view.tell("scene", { scene }),
  });
  root.tabIndex = 0;
  root.setAttribute("role", "region");
  root.setAttribute(
    "aria-label",
    "Routing stage. Space plays and pauses, arrow keys change the scene.",
  );
  listenToKeys(root, does);
  view.deafen = listenToPage(root, view.nodes, does);
  listenToPointer(view, does);
  view.watcher = new ResizeObserver(() => view.facts && measure(view));
  view.watcher.observe(root);
  return view;
}

const readingTime = (sentence) =>
  Math.min(READ_MS.most, READ_MS.least + READ_MS.perLetter * sentence.length);

function deeds(view) {
  const { picks } = view;
  const jump = (scene) => view.player.go(scene);
  const step = (by) => () => inside(view.player.scene + by) && jump(view.player.scene + by);
  const pick = (what) => (number) => {
    picks[what] = picks[what] === number ? null : number;
    view.told[what].push(picks[what]);
    view.tell(what, { [what]: picks[what] });
    show(view);
  };
  return {
    jump,
    play: () => view.player.toggle(),
    back: step(-1),
    next: step(1),
    first: () => jump(0),
    last: () => jump(SCENES.length - 1),
    speed: (speed) => view.player.setSpeed(speed),
    skip: () => view.player.skip(),
    pickToken: pick("token"),
    pickExpert: pick("expert"),
    point: (token, expert) => point(view, token, expert),
  };
}

const inside = (scene) => scene >= 0 && scene < SCENES.length;

function point(view, token, expert) {
  const { picks } = view;
  if (picks.pointed === token && picks.pointedExpert === expert) return;
  Object.assign(picks, { pointed: token, pointedExpert: expert });
  show(view);
}

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

function update(view, data) {
  const { nodes } = view;
  view.reportsScene = data.reports_scene;
  hear(view, "token", data.picked_token);
  hear(view, "expert", data.picked_expert);
  const { plan } = data;
  const shown = Boolean(plan?.tokens.length);
  nodes.empty.hidden = shown;
  nodes.body.hidden = !shown;
  if (!shown) return leaveStage(view);
  const before = view.facts?.plan;
  view.moment = plan.moment;
  view.waiting = null;
  if (before?.rev === plan.rev) measure(view);
  else if (plan.moment && before?.story === plan.story && view.player.running) view.waiting = plan;
  else take(view, plan, data.first_scene);
  show(view);
  return undefined;
}

/** Put a plan on the stage. One of the same story takes over where the other stood. */
function take(view, plan, first) {
  const { nodes, picks } = view;
  const before = view.facts?.plan;
  const goesOn = before && before.story === plan.story && sameTokens(before, plan);
  const from = goesOn ? standing(view) : null;
  view.waiting = null;
  view.facts = factsOf(plan);
  fill(nodes, view.facts);
  picks.token = picks.token < plan.tokens.length ? picks.token : null;
  picks.expert = picks.expert < plan.n_experts ? picks.expert : null;
  if (!goesOn) picks.pointed = picks.pointedExpert = null;
  measure(view);
  if (goesOn) morph(view, from, show);
  else enter(view, before, first);
}

/** What Python wants picked, unless it is the echo of a click that a later one has overtaken. */
function hear(view, what, wanted) {
  if (view.heard[what] === wanted) return;
  view.heard[what] = wanted;
  view.told[what] = view.told[what].slice(view.told[what].indexOf(wanted) + 1 || Infinity);
  if (!view.told[what].length) view.picks[what] = wanted;
}

function leaveStage(view) {
  view.player.pause();
  view.facts = view.waiting = undefined;
}

/** The first plan starts where it is told to; the same tokens routed otherwise are sent once more,
 *  up to the scene that the reader was in. */
function enter({ player, facts }, before, first) {
  if (!before) return player.go(first);
  if (sameTokens(before, facts.plan)) {
    return player.go(Math.min(player.scene, DISPATCH), {
      read: false,
      until: Math.max(player.scene, player.until),
    });
  }
  return player.playing ? player.go(player.scene) : player.settle();
}

const sameTokens = (one, other) => JSON.stringify(one.tokens) === JSON.stringify(other.tokens);

function measure(view) {
  const { root, nodes, facts } = view;
  const width = nodes.window.clientWidth || root.clientWidth;
  if (!facts || !width) return;
  view.inks = inksOf(root, facts.plan.colours);
  view.frame = frameOf(facts, width);
  view.ends = endsOf(facts, view.frame);
  view.pose = makePose(facts);
  view.heat = heatOf(facts.plan, view.inks);
  view.texts.clear();
  place(nodes, view.frame);
  view.ratio = Math.min(2, devicePixelRatio || 1);
  const { width: w, height: h } = view.frame;
  Object.assign(nodes.canvas, {
    width: Math.round(w * view.ratio),
    height: Math.round(h * view.ratio),
  });
  Object.assign(nodes.canvas.style, { width: `${w}px`, height: `${h}px` });
  show(view);
}

function heatOf(plan, inks) {
  const [range, [, most], bend] = [rangeOf(plan.logits), rangeOf(plan.probs), 0.6];
  return {
    range,
    most,
    bend,
    logits: heatImage(plan.logits, range, 1, inks),
    probs: heatImage(plan.probs, [0, most], bend, inks),
  };
}

/** Nodes are touched only when what they show has changed. */
function once(view, what, state, deed) {
  const text = state.join();
  if (view.drawn[what] === text) return;
  view.drawn[what] = text;
  deed();
}

/** One picture of now. Words, chips and table are touched only when they change. */
function show(view) {
  const { nodes, facts, player, picks } = view;
  if (!facts || !view.frame) return;
  if (view.waiting && !player.running) return take(view, view.waiting);
  poseAt(view.pose, facts, view.ends, player.scene, player.progress);
  if (view.morph) blend(view.pose, view.morph);
  draw(view);
  const revealed = player.scene > SELECT || (player.scene === SELECT && player.progress > 0.6);
  const dispatched = player.scene > DISPATCH ||
    (player.scene === DISPATCH && player.progress === 1);
  once(
    view,
    "player",
    [player.scene, player.phase, player.playing, player.running, player.speed, facts.plan.rev],
    () => {
      showPlayer(nodes, player, facts.plan);
      setAttribute(nodes.canvas, "aria-label", pictureWords(facts, player.scene));
    },
  );
  once(
    view,
    "chips",
    [revealed, dispatched, picks.token, picks.expert, facts.plan.rev],
    () => dress(nodes, facts, { revealed, dispatched }, picks),
  );
  nodes.heads.classList.toggle("quiet", view.pose.looks.rows < 0.5);
  setText(nodes.moment, momentWords(view));
  setAttribute(nodes.sentence, "aria-live", view.moment === "live" ? "off" : "polite"); // else it never ends
  setText(nodes.caption, captionFor(view));
  nodes.caption.classList.toggle("far", captionIsFar(view));
  setText(nodes.readout, readoutFor(view));
}

/** Clear of the capacity's label, on the other side of the picture. */
function captionIsFar({ frame, facts, pose }) {
  if (!frame.capacityShown || pose.looks.seats <= 0.5) return false;
  return capacityX(frame, facts.plan.capacity) < frame.viewWidth / 2;
}
