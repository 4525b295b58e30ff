// What the stage says of its own picture: how to read it, what changed, what the pointer is on.

import { plainOf } from "../shared/term.js";
import {
  ARRIVE,
  COMBINE,
  COMPUTE,
  DISPATCH,
  MARK_WORDS,
  NEW,
  RESIDUAL,
  SCORE,
  SELECT,
  WEIGH,
} from "./routing_stage_facts.js";
import { showsScores } from "./routing_stage_heat.js";
import { cellWords, expertWords, shareWords, tokenWords } from "./routing_stage_token.js";

/** @import { Stage } from "./routing_stage_show.js" */
/** @import { Changed, Facts } from "./routing_stage_facts.js" */
/** @import { Heat } from "./routing_stage_ink.js" */

/**
 * How to read the scene at hand, next to it.
 * @param {Pick<Stage, "facts" | "heat" | "pose">} view
 */
export function captionFor({ facts, heat, pose }) {
  return CAPTIONS[pose.scene](facts, heat, pose.progress);
}

/** @type {Record<number, (facts: Facts, heat: Heat, progress: number) => string>} */
const CAPTIONS = {
  [ARRIVE]: () => "h goes up to the router. Each bar shows the length of x.",
  [SCORE]: ({ plan }, { range, most }, progress) => {
    if (!showsScores(progress)) {
      return `Logits from ${short(range[0])} (faint) to ${short(range[1])} (strong).`;
    }
    const name = plan.score_name === "probability" ? "Probabilities" : "Scores";
    return `${name} from 0 (faint) to ${short(most)} (strong).`;
  },
  [SELECT]: ({ passedOver, plan }) => {
    const outlined = `Outlined: higher ${plan.score_name}, but not chosen.`;
    return listed("Coloured: chosen.", passedOver.length && outlined, legendOf(plan.changed));
  },
  [WEIGH]: ({ K }) => listed("Bar height: gate weight.", K > 1 && "Preference 0 is at the bottom."),
  [DISPATCH]: ({ drops, detours }) =>
    listed(
      detours && "Full experts re-route tokens.",
      drops && "Crossed out: dropped.",
    ),
  [COMPUTE]: () => "",
  [COMBINE]: ({ drops }) =>
    listed("Bar height: gate weight.", drops && "Crossed out: dropped, adds 0."),
  [RESIDUAL]: ({ lost }) =>
    listed("Bar height: |y| ÷ |x|.", lost.some(Boolean) && "Ring: dropped, nothing is added."),
};

/** @param {(string | false | 0)[]} sentences */
const listed = (...sentences) => sentences.filter(Boolean).join(" ");

/**
 * Three significant digits.
 * @param {number} value
 */
const short = (value) => `${Number(value.toPrecision(3))}`;

/** @param {Changed | null} changed */
function legendOf(changed) {
  return listed(
    (changed?.new.length ?? 0) > 0 && "Ringed: newly chosen.",
    (changed?.gone.length ?? 0) > 0 && "Dashed: no longer chosen.",
  );
}

const HINT = {
  wide:
    "Press Space to play, ← or → to change the scene. Click a token or an expert to inspect it.",
  narrow: "Tap a token or an expert to inspect it.",
};

/**
 * Which state of the model is on the stage, and whether it follows the model.
 * @param {Pick<Stage, "facts" | "moment" | "waiting">} view
 */
export function momentWords({ facts, moment, waiting }) {
  const { step } = facts.plan;
  const named = step ? `step ${step.toLocaleString("en-US")}` : "step 0, untrained";
  if (waiting) return `${named} · the next step is shown after this scene`;
  return moment ? `${moment} · ${named}` : named;
}

/**
 * Below the picture: what the pointer is on, else what another setting did, else what is picked.
 * @param {Pick<Stage, "facts" | "frame" | "pose" | "player" | "picks">} view
 */
export function readoutFor(view) {
  const { facts, picks, frame } = view;
  return (
    wordsOn(view, picks.pointed, picks.pointedExpert) ??
      changeWords(facts) ??
      wordsOn(view, picks.token, picks.token === null ? picks.expert : null) ??
      leadWords(view) ??
      (frame.narrow ? HINT.narrow : HINT.wide)
  );
}

/**
 * Who goes first, in the scenes where one does.
 * @param {Pick<Stage, "facts" | "pose" | "frame">} view
 */
function leadWords({ facts: { plan }, pose, frame }) {
  if (pose.scene < SCORE || pose.scene > WEIGH) return null;
  const press = frame.narrow ? "Tap" : "Click";
  return `Token “${plan.tokens[pose.lead]}” goes first; the others follow, dimmed. All move ` +
    `together from Dispatch. ${press} another token to let it go first.`;
}

/**
 * What another setting did to the tokens, with the signs that they wear.
 * @param {Facts} facts
 */
function changeWords({ plan: { changed, trained_since: steps } }) {
  if (!changed) return null;
  const counts = [
    { sign: NEW, assignments: changed.new },
    { sign: "↷", assignments: changed.moved },
    { sign: "×", assignments: changed.dropped },
    { sign: "+", assignments: changed.kept },
  ].filter(({ assignments }) => assignments.length);
  const words = counts.map(({ sign, assignments }) =>
    `${sign} ${MARK_WORDS[sign]}: ${assignments.length}`
  );
  if (changed.gone.length) words.push(`no longer chosen: ${changed.gone.length}`);
  const before = steps ? ` (${steps} steps ago)` : "";
  return words.length
    ? `Assignments changed by the new setting${before}, ringed: ${words.join(", ")}.`
    : `The new setting${before} changed no assignment.`;
}

/**
 * @param {Pick<Stage, "facts" | "pose" | "player">} view
 * @param {number | null} token
 * @param {number | null} expert
 */
function wordsOn({ facts, pose, player }, token, expert) {
  if (token !== null && expert !== null) return cellWords(facts, token, expert);
  if (token !== null && pose.scene === RESIDUAL) return shareWords(facts, token);
  if (token !== null) return tokenWords(facts, token, player.scene >= SELECT);
  return expert === null ? null : expertWords(facts, expert);
}

/**
 * The whole picture in one line, for those who do not see it.
 * @param {Facts} facts
 * @param {number} scene
 */
export function pictureWords({ plan, T, E }, scene) {
  const { title, sentence } = plan.scenes[scene];
  return `${T} tokens and ${E} experts. ${title}: ${plainOf(sentence).replaceAll("_", " ")}`;
}
