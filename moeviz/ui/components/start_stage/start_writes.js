// What the models write now, after a few prompts and a line of the visitor's.
//
// Asks when the run that is shown has gone on by some steps, and once when it rests; one question at
// a time, none while nobody can see the page. The visitor's line stays in this browser's storage and
// goes to the model, nowhere else.

import { el, keepCount, setAttribute, setText } from "../shared/shared.js";

/** @typedef {import("../channel/run_state.js").RunState} RunState */
/**
 * @typedef {object} WritesData
 * @property {string[]} prompts
 * @property {number} every steps between two questions
 * @property {number} most characters of a prompt
 * @property {string} title
 * @property {string} own the field's label
 * @property {string} untrained @property {string} soon @property {string} at with {{steps}}
 */
/** @typedef {{step: number, key: string}} Asked the last question: when, and of what */

const KEPT_AS = "moeviz.own-line";
const AGAIN_MS = 3000;
const MOST_TRIES = 5;
const NOW = -Infinity;

/**
 * Whether it is time to ask: often enough while it trains, else once for what `key` names.
 * @param {RunState} state @param {Asked} asked @param {string} key @param {number} every
 */
export function due(state, asked, key, every) {
  if (!state.step || state.state === "recovering") return false;
  if (state.trains) return state.step >= asked.step + every || state.step < asked.step;
  return state.atRest && state.state !== "pausing" && asked.key !== key;
}

/** What an answer of a model at rest depends on. @param {RunState} state @param {string[]} prompts */
export const keyOf = ({ run, revision, step, arms }, prompts) =>
  JSON.stringify([run, revision, step, arms.map(({ knobs }) => knobs), prompts]);

/** On one line, with nothing that moves other text. @param {string} text */
export const readable = (text) =>
  text.replaceAll("\n", "↵").replaceAll("\t", "⇥")
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");

/** "118" or "118 to 120". @param {number[]} steps */
export function stepsOf(steps) {
  const [low, high] = [Math.min(...steps), Math.max(...steps)].map((n) => n.toLocaleString("en"));
  return low === high ? low : `${low} to ${high}`;
}

/**
 * @param {import("../live_run/run_control.js").RunControl} control
 * @param {WritesData} data
 */
export function buildWrites(control, data) {
  const node = el("section", "writes");
  const said = el("p", "said-of-texts");
  const field = buildField(data);
  const head = el("div", "writes-head");
  head.append(el("h3", "", data.title), field.node);
  const models = el("div", "written");
  node.append(head, said, models);
  /** @type {ReturnType<typeof buildModel>[]} */
  const shown = [];
  /** @type {Asked} */
  let asked = { step: 0, key: "" };
  /** @type {Record<string, Record<string, [number, string]>>} by model and prompt */
  let texts = {};
  let run = "";
  let [waiting, ended, tries] = [false, false, 0];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;

  const prompts = () => field.line() ? [...data.prompts, field.line()] : data.prompts;
  const forget = () => {
    texts = {};
    asked = { step: 0, key: "" };
  };
  const consider = () => {
    clearTimeout(again);
    const { state } = control;
    if (ended || waiting || !state || control.status !== "open" || !isSeen(node)) return;
    if (due(state, asked, keyOf(state, prompts()), data.every)) ask(state);
  };
  /** @param {RunState} state */
  const ask = async (state) => {
    const about = prompts();
    asked = { step: state.step, key: keyOf(state, about) };
    waiting = true;
    const outcome = await control.ask(about);
    waiting = false;
    if (ended) return;
    if (outcome.ok && outcome.models && control.state?.run === state.run) {
      tries = 0;
      texts = byPrompt(outcome.models, about);
      draw();
      consider();
    } else if (++tries < MOST_TRIES) { // while it trains the next steps ask again
      asked.key = "";
      again = setTimeout(consider, AGAIN_MS);
    }
  };
  const draw = () => {
    const { state } = control;
    if (!state) return;
    const steps = Object.values(texts).flatMap(Object.values).map(([step]) => step);
    const words = !state.step ? data.untrained : steps.length ? data.at : data.soon;
    setText(said, words.replace("{{steps}}", steps.length ? stepsOf(steps) : ""));
    keepCount(models, shown, state.arms.length, buildModel);
    setAttribute(models, "style", `--models: ${state.arms.length}`);
    shown.forEach((model, i) =>
      model.show(state.arms[i].name, prompts(), texts[state.arms[i].name] ?? {})
    );
  };
  field.onLine(() => {
    asked = { step: NOW, key: "" };
    tries = 0;
    draw();
    consider();
  });
  return {
    node,
    /** @param {RunState} state */
    show(state) {
      if (state.run !== run || !state.step) forget();
      run = state.run;
      draw();
      consider();
    },
    end() {
      ended = true;
      clearTimeout(again);
    },
  };
}

/** @param {Record<string, [number, string][]>} arms @param {string[]} prompts */
const byPrompt = (arms, prompts) =>
  Object.fromEntries(
    Object.entries(arms).map(([name, told]) => [
      name,
      Object.fromEntries(prompts.map((prompt, i) => [prompt, told[i]])),
    ]),
  );

/** @param {HTMLElement} node */
const isSeen = (node) => !document.hidden && node.checkVisibility?.() !== false;

/** The visitor's own line. @param {WritesData} data */
function buildField({ own, most }) {
  const node = el("label", "own-line", own);
  const input = el("input");
  input.type = "text";
  input.maxLength = most;
  input.autocomplete = "off";
  input.spellcheck = false;
  input.value = kept().slice(0, most);
  node.append(input);
  let line = input.value;
  let tell = () => {};
  const take = () => {
    if (input.value === line) return;
    line = input.value;
    keep(line);
    tell();
  };
  input.addEventListener("change", take);
  input.addEventListener("keydown", ({ key, isComposing }) => {
    if (key === "Enter" && !isComposing) take();
  });
  return {
    node,
    line: () => line,
    /** @param {() => void} listener */
    onLine(listener) {
      tell = listener;
    },
  };
}

/** A browser may keep nothing at all. */
function kept() {
  try {
    return localStorage.getItem(KEPT_AS) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} line */
function keep(line) {
  try {
    localStorage.setItem(KEPT_AS, line);
  } catch {
    // it stays until the page is left
  }
}

/** One model's texts. */
function buildModel() {
  const node = el("div", "model-texts");
  const name = el("h4");
  const list = el("ul");
  node.append(name, list);
  /** @type {ReturnType<typeof buildText>[]} */
  const rows = [];
  return {
    node,
    /** @param {string} model @param {string[]} prompts @param {Record<string, [number, string]>} texts */
    show(model, prompts, texts) {
      setText(name, `Model ${model}`);
      keepCount(list, rows, prompts.length, buildText);
      rows.forEach((row, i) => row.show(prompts[i], texts[prompts[i]]?.[1]));
    },
  };
}

function buildText() {
  const node = el("li");
  const [prompt, text] = [el("span", "prompt"), el("span", "text")];
  node.append(prompt, " ", text);
  return {
    node,
    /** @param {string} after @param {string | undefined} written nothing yet: undefined */
    show(after, written) {
      setText(prompt, `“${readable(after)}” →`);
      setText(text, written === undefined ? "…" : `“${readable(written)}”`);
    },
  };
}
