// Knobs of the running models: each shows what is in force, a press at once as pending, a refusal at
// its control until the next press. A knob that the models cannot take while they train starts a new
// run.

import { choiceInput, numberInput } from "../shared/knob_input.js";
import { el, setAttribute, setText } from "../shared/shared.js";

/** @typedef {import("./run_control.js").RunControl} RunControl */
/** @typedef {import("../channel/run_state.js").Arm} Arm */
/**
 * @typedef {Object} KnobData
 * @property {string} name
 * @property {string} label
 * @property {string} kind
 * @property {string[][]} choices
 * @property {boolean} restarts whether a change needs a new run
 * @property {string} note what is said below it, or ""
 */

const FIXED = "A dense baseline is as wide as this run's experts: change it in the training lab.";

/**
 * Inputs for these knobs: one for all models, or one for A and one for B where they are set apart.
 * @param {RunControl} control
 * @param {KnobData[]} described
 * @param {{linked: boolean}} options `linked`: whether B can be set apart from A
 */
export function buildKnobs(control, described, { linked }) {
  const node = el("div", "knobs");
  const made = described.map((knob) => linked ? twoInputs(control, knob) : oneInput(control, knob));
  node.append(...made.map((each) => each.node));
  return {
    node,
    update: () => made.forEach((each) => each.update()),
    /** Something is pressed: no field goes on showing what was refused. */
    settle: () => made.forEach((each) => each.settle()),
  };
}

/** @param {RunControl} control @param {KnobData} knob */
function oneInput(control, knob) {
  const node = el("div", "knob");
  node.dataset.knob = knob.name;
  const input = buildInput(control, knob, { label: knob.label, who: () => true, arms: () => [] });
  const note = el("p", "note");
  node.append(input.node, note);
  const update = () => {
    input.update();
    const routed = routedOf(control);
    const values = routed.map((arm) => valueOf(arm, knob.name));
    const differ = new Set(values).size > 1;
    setText(
      note,
      differ ? routed.map(({ name }, i) => `${name}: ${values[i]}`).join(", ") : knob.note,
    );
  };
  return { node, update, settle: input.settle };
}

/** @param {RunControl} control @param {KnobData} knob */
function twoInputs(control, knob) {
  const node = el("div", "knob pair");
  node.dataset.knob = knob.name;
  /** @type {boolean | null} whether the reader wants B apart whatever its value, once asked */
  let asked = null;
  // A change on schedule may set B apart in mid-run: its field is there from the start.
  const apart = () => {
    const [a, b] = pairOf(control);
    if (!a || !b) return false;
    const scheduled = [a, b].some((arm) => arm.scheduled.includes(knob.name));
    return valueOf(a, knob.name) !== valueOf(b, knob.name) || (asked ?? scheduled);
  };
  const isB = (/** @type {Arm} */ arm) => arm.name === "B";
  const one = buildInput(control, knob, {
    label: knob.label,
    who: (arm) => !apart() || !isB(arm),
    arms: () => apart() ? routedOf(control, true).filter((arm) => !isB(arm)) : [],
  });
  const two = buildInput(control, knob, {
    label: `B: ${knob.label}`,
    who: isB,
    arms: () => routedOf(control).filter(isB),
  });
  two.rename(`B: ${knob.label}`, { shown: "", mark: "B" }); // the label beside it is both fields'
  const link = /** @type {HTMLButtonElement} */ (el("button", "link"));
  link.type = "button";
  link.addEventListener("click", () => {
    const [a] = pairOf(control);
    if (apart() && a) two.commit(valueOf(a, knob.name));
    asked = !apart();
    update();
  });
  node.append(one.node, two.node, link);
  const update = () => {
    const both = pairOf(control).every(Boolean);
    const split = apart();
    if (split) one.rename(`A: ${knob.label}`, { shown: knob.label, mark: "A" });
    else one.rename(knob.label);
    two.node.hidden = !split;
    link.hidden = !both;
    node.classList.toggle("apart", split);
    setText(link, split ? "same for B" : "A = B");
    setAttribute(link, "aria-pressed", split);
    setAttribute(
      link,
      "aria-label",
      split
        ? `${knob.label}: give model B the value of A`
        : `${knob.label}: set model B separately`,
    );
    one.update();
    two.update();
    link.disabled = !control.takesKnobs || (!split && one.disabled);
  };
  const settle = () => [one, two].forEach((each) => each.settle());
  return { node, update, settle };
}

/**
 * One input; its presses wait here for their answers.
 * @param {RunControl} control
 * @param {KnobData} knob
 * @param {{label: string, who: (arm: Arm) => boolean, arms: () => Arm[]}} options `who`: whose value
 *   it shows; `arms`: whose it sets, none for all
 */
function buildInput(control, knob, { label, who, arms }) {
  /** @type {{text: string}[]} presses that wait for their answer, the newest last */
  const waiting = [];
  let refusal = "";
  /** @type {{text: string} | null} */
  let newest = null;
  /** @type {{run: string, text: string} | null} a new run's value, until a record tells of it */
  let begun = null;
  /** @param {string} text */
  const commit = async (text) => {
    refusal = "";
    const press = newest = { text };
    waiting.push(press);
    update();
    const outcome = await control.press(knob.restarts ? "renew" : "set", {
      knobs: { [knob.name]: text },
      arms: knob.restarts ? [] : arms().map(({ name }) => name),
    });
    waiting.splice(waiting.indexOf(press), 1);
    if (press === newest) {
      refusal = outcome.ok ? "" : outcome.why ?? "";
      if (outcome.run) begun = { run: outcome.run, text };
    }
    update();
  };
  const make = knob.choices.length ? choiceInput : numberInput;
  const input = /** @type {any} */ (make)({ ...knob, label, called: label }, { onCommit: commit });
  let disabled = true;
  const update = () => {
    const routed = routedOf(control);
    const shown = routed.filter(who);
    if (begun && (control.run?.id !== begun.run || control.state?.run === begun.run)) begun = null;
    const reasons = shown.map((arm) => arm.ignored[knob.name] ?? "");
    const all = routed.every((arm) => arm.ignored[knob.name] === reasons[0]);
    const whose = all ? "" : ` on ${shown.map(({ name }) => name).join(", ")}`;
    const said = all && !shown.includes(routed[0]); // once, at the first field
    const unread = said ? "" : `No effect${whose}: ${[...new Set(reasons)].join("; ")}.`;
    const fixed = knob.restarts && (control.state?.arms ?? []).some((arm) => arm.dense);
    const usual = new Set(shown.map((arm) => arm.usual?.[knob.name] ?? "").filter(Boolean));
    const ignored = shown.length > 0 && reasons.every(Boolean);
    const acts = knob.restarts ? control.ready && control.state : control.takesKnobs;
    disabled = !acts || ignored || fixed;
    input.show({
      value: (waiting.at(-1) ?? begun)?.text ?? (shown[0] ? valueOf(shown[0], knob.name) : ""),
      pending: waiting.length > 0,
      refusal,
      disabled,
      note: ignored ? unread : fixed ? FIXED : [...usual].join(" "),
    });
  };
  const settle = () => {
    refusal = "";
    input.settle();
    update();
  };
  /** @param {string} name @param {{shown?: string, mark?: string}} [how] it is shown */
  const rename = (name, how = {}) => input.describe({ ...knob, ...how, label: name, called: name });
  return {
    node: input.node,
    commit,
    update,
    settle,
    rename,
    get disabled() {
      return disabled;
    },
  };
}

/** The models that have a router; with `dense` also those without, which follow A.
 * @param {RunControl} control @param {boolean} [dense] */
function routedOf({ state }, dense = false) {
  return (state?.arms ?? []).filter((arm) => dense || !arm.dense);
}

/** @param {RunControl} control */
function pairOf(control) {
  const routed = routedOf(control);
  return ["A", "B"].map((name) => routed.find((arm) => arm.name === name));
}

/** @param {Arm} arm @param {string} knob */
const valueOf = (arm, knob) => arm.knobs[knob] ?? arm.starts[knob] ?? "";
