// What the stage keeps, and one picture of it: laid out for the room there is, drawn for now.

import { setAttribute, setText } from "../shared/shared.js";
import { draw } from "./routing_stage_draw.js";
import { dress, place, showPlayer } from "./routing_stage_dress.js";
import { DISPATCH, leadOf, SCORE, SELECT, WEIGH } from "./routing_stage_facts.js";
import { heatOf, inksOf } from "./routing_stage_ink.js";
import { capacityX, endsOf, frameOf } from "./routing_stage_layout.js";
import { blend } from "./routing_stage_morph.js";
import { makePose, poseAt } from "./routing_stage_motion.js";
import { captionFor, momentWords, pictureWords, readoutFor } from "./routing_stage_words.js";

/** @import { Nodes } from "./routing_stage_dom.js" */
/** @import { Facts, Plan } from "./routing_stage_facts.js" */
/** @import { Heat, Inks } from "./routing_stage_ink.js" */
/** @import { Ends, Frame } from "./routing_stage_layout.js" */
/** @import { Morph } from "./routing_stage_morph.js" */
/** @import { Pose } from "./routing_stage_motion.js" */
/** @import { Player } from "./routing_stage_player.js" */

/** @typedef {"token" | "expert"} Picked */

/**
 * @typedef {object} Picks  null: none
 * @property {number | null} token
 * @property {number | null} expert
 * @property {number | null} pointed  token under the pointer or in focus
 * @property {number | null} pointedExpert
 */

/**
 * What the stage keeps. Of a plan there is something only while one is shown.
 *
 * @typedef {object} View
 * @property {HTMLElement} root
 * @property {Nodes} nodes
 * @property {CanvasRenderingContext2D} context
 * @property {Player} player
 * @property {ResizeObserver} watcher
 * @property {() => void} deafen  ends listening to the page
 * @property {(name: string, value: unknown) => void} tell
 * @property {boolean} reportsScene
 * @property {Picks} picks
 * @property {Record<Picked, (number | null)[]>} told  clicks that Python has not echoed yet
 * @property {Partial<Record<Picked, number | null>>} heard
 * @property {Record<string, string>} drawn  what nodes show now
 * @property {Map<string, string>} texts  that were cut to fit
 * @property {number} ratio  of the screen's pixels
 * @property {string | undefined} moment
 * @property {Plan | null} waiting  until nothing moves
 * @property {Morph | null} morph
 * @property {Facts} [facts]
 * @property {Frame} [frame]
 * @property {Ends} [ends]
 * @property {Inks} [inks]
 * @property {Heat} [heat]
 * @property {Pose} [pose]
 */

/** @typedef {Required<View>} Stage  with a plan that is laid out */

/**
 * Lay the plan out in the room there is, in the colours there are.
 * @param {View} view
 */
export function measure(view) {
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

/**
 * Nodes are touched only when what they show has changed.
 * @param {View} view
 * @param {string} what
 * @param {unknown[]} state
 * @param {() => void} deed
 */
function once(view, what, state, deed) {
  const text = state.join();
  if (view.drawn[what] === text) return;
  view.drawn[what] = text;
  deed();
}

/**
 * @param {View} view
 * @returns {view is Stage}
 */
export const isLaidOut = (view) => Boolean(view.facts && view.frame);

/**
 * One picture of now. Words, chips and table are touched only when they change.
 * @param {View} view
 */
export function show(view) {
  if (!isLaidOut(view)) return;
  const { nodes, facts, player, picks } = view;
  const lead = leadOf(facts.plan, picks);
  poseAt(view.pose, facts, view.ends, player.scene, player.progress, lead);
  if (view.morph) blend(view.pose, view.morph);
  draw(view);
  const revealed = player.scene > SELECT || (player.scene === SELECT && player.progress > 0.6);
  const dispatched = player.scene > DISPATCH ||
    (player.scene === DISPATCH && player.progress === 1);
  const leads = player.scene >= SCORE && player.scene <= WEIGH;
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
    [revealed, dispatched, picks.token, picks.expert, facts.plan.rev, leads, lead],
    () => dress(nodes, facts, { revealed, dispatched, leading: leads ? lead : null }, picks),
  );
  nodes.heads.classList.toggle("quiet", view.pose.looks.rows < 0.5);
  setText(nodes.moment, momentWords(view));
  setAttribute(nodes.sentence, "aria-live", view.moment === "live" ? "off" : "polite"); // else it never ends
  setText(nodes.caption, captionFor(view));
  nodes.caption.classList.toggle("far", captionIsFar(view));
  setText(nodes.readout, readoutFor(view));
}

/**
 * Clear of the capacity's label, on the other side of the picture.
 * @param {Stage} view
 */
function captionIsFar({ frame, facts, pose }) {
  const { capacity } = facts.plan;
  if (capacity === null || !frame.capacityShown || pose.looks.slots <= 0.5) return false;
  return capacityX(frame, capacity) < frame.viewWidth / 2;
}
