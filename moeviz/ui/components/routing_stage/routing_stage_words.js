// What the stage says of its own picture: how to read it, what changed, what the pointer is on.

import { number } from "../shared/shared.js";
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
import { cellWords, shareWords, tokenWords } from "./routing_stage_token.js";

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
  [ARRIVE]: () => "above: h, for the router; below: x, drawn as high as it is long",
  [SCORE]: ({ plan }, { range, most }, progress) => {
    if (progress < 0.7) {
      return `logits, from ${number(range[0])} (faint) to ${number(range[1])} (strong)`;
    }
    const name = plan.score_name === "probability" ? "probabilities" : "scores";
    return `${name}, from 0 (faint) to ${number(most)} (strong)`;
  },
  [SELECT]: ({ passedOver, plan }) => {
    const better = plan.score_name === "probability" ? "more probable" : "of a higher score";
    const outlined = passedOver.length ? `; outlined: ${better}, yet not chosen` : "";
    return `in colour: chosen${outlined}${selectionLegend(plan.changed)}`;
  },
  [WEIGH]: ({ K }) => `height: gate weight${K > 1 ? "; highest preference at the bottom" : ""}`,
  [DISPATCH]: ({ drops, detours }) =>
    ["", detours && "full expert: on to another", drops && "struck: no capacity slot left, dropped"]
      .filter(Boolean)
      .join("; "),
  [COMPUTE]: () => "",
  [COMBINE]: ({ drops }) => `height: gate weight${drops ? "; struck: dropped, adds 0" : ""}`,
  [RESIDUAL]: ({ lost }) =>
    `|y| as a share of |x|${lost.some(Boolean) ? "; ring: dropped, nothing is added" : ""}`,
};

/** @param {Changed | null} changed */
function selectionLegend(changed) {
  const added = changed?.new.length ? "; ringed: newly chosen" : "";
  return `${added}${changed?.gone.length ? "; dashed: no longer chosen" : ""}`;
}

const HINT = {
  wide: "Space plays, ← → change the scene; click a token or an expert to follow it",
  narrow: "Tap a token or an expert to follow it",
};

/**
 * Which state of the model is on the stage, and whether it follows the model.
 * @param {Pick<Stage, "facts" | "moment" | "waiting">} view
 */
export function momentWords({ facts, moment, waiting }) {
  const step = `step ${facts.plan.step.toLocaleString("en-US")}`;
  if (waiting) return `${step} · a newer one waits for the end`;
  return moment ? `${moment} · ${step}` : step;
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
      (frame.narrow ? HINT.narrow : HINT.wide)
  );
}

/**
 * What another setting did to the tokens, with the signs that they wear.
 * @param {Facts} facts
 */
function changeWords({ plan: { changed, trained_since: steps }, K }) {
  if (!changed) return null;
  const selected = [
    { words: `${NEW} ${assignmentsAre(changed.new.length)} new`, assignments: changed.new },
    { words: `${assignmentsAre(changed.gone.length)} gone`, assignments: changed.gone },
  ].filter(({ assignments }) => assignments.length);
  const counts = [
    { sign: "↷", assignments: changed.moved },
    { sign: "×", assignments: changed.dropped },
    { sign: "+", assignments: changed.kept },
  ].filter(({ assignments }) => assignments.length);
  const what = K > 1 || selected.length ? "assignments" : "tokens";
  const since = steps ? `, ${steps} steps ago` : "";
  if (!counts.length && !selected.length) {
    return `nothing to ring: no ${what} moved, newly dropped or newly kept since before${since}`;
  }
  const words = [
    ...selected.map(({ words }) => words),
    ...counts.map(({ sign, assignments }) => `${sign} ${MARK_WORDS[sign]}: ${assignments.length}`),
  ];
  return `ringed, ${what} changed since before${since}: ${words.join(", ")}`;
}

/** @param {number} count */
const assignmentsAre = (count) => (count === 1 ? "1 assignment is" : `${count} assignments are`);

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
 * @param {Facts} facts
 * @param {number} e
 */
function expertWords({ load, kept }, e) {
  return `expert ${e}: ${load[e]} sent, ${kept[e]} kept`;
}

/**
 * The whole picture in one line, for those who do not see it.
 * @param {Facts} facts
 * @param {number} scene
 */
export function pictureWords({ plan, T, E }, scene) {
  return `${T} tokens and ${E} experts. ${plan.scenes[scene].title}: ${
    plan.scenes[scene].sentence
  }`;
}
