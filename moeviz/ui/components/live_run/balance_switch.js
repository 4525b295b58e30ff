// One switch for a model: load balancing on or off. It shows a press at once, busy until the model
// has taken it, and goes back where it is refused.

import { el, pressOnce, setAttribute } from "../shared/shared.js";

/** @typedef {import("./run_control.js").RunControl} RunControl */

const OFF = "none";
const LABEL = "Load balancing";

/**
 * @param {RunControl} control
 * @param {string} arm
 * @param {{on: string, label?: string, onOutcome: (outcome: any) => void}} options `on`: the method it
 *   switches to
 */
export function buildBalanceSwitch(control, arm, { on, label = LABEL, onOutcome }) {
  const node = /** @type {HTMLButtonElement} */ (el("button", "balance-switch"));
  node.type = "button";
  node.setAttribute("role", "switch");
  node.append(el("span", "label", label), el("span", "track"));
  setAttribute(node, "aria-label", `${LABEL}, model ${arm}`);
  pressOnce(node);
  let last = on;
  /** @type {{on: boolean}[]} presses that wait for their answer, the newest last */
  const wanted = [];

  const inForce = () => control.state?.arms.find(({ name }) => name === arm)?.knobs.balancer ?? OFF;
  const shown = () => wanted.at(-1)?.on ?? inForce() !== OFF;
  node.addEventListener("click", async () => {
    if (node.disabled) return;
    const want = { on: !shown() };
    wanted.push(want);
    update();
    const outcome = await control.press("set", {
      knobs: { balancer: want.on ? last : OFF },
      arms: [arm],
    });
    wanted.splice(wanted.indexOf(want), 1);
    onOutcome(outcome);
    update();
  });
  const update = () => {
    if (inForce() !== OFF) last = inForce();
    setAttribute(node, "aria-checked", shown());
    setAttribute(node, "aria-busy", wanted.length > 0);
    node.disabled = !control.takesKnobs;
  };
  update();
  return { node, update };
}

/**
 * The switches of all models side by side, for a page whose models have no heads of their own.
 * @param {RunControl} control
 * @param {{on: string, onOutcome: (outcome: any) => void}} options
 */
export function buildBalanceSwitches(control, options) {
  const node = el("div", "balance-switches");
  const said = el("span", "", LABEL);
  let names = "";
  /** @type {ReturnType<typeof buildBalanceSwitch>[]} */
  let switches = [];
  return {
    node,
    update() {
      const routed = (control.state?.arms ?? []).filter(({ dense }) => !dense);
      if (String(routed.map(({ name }) => name)) !== names) {
        names = String(routed.map(({ name }) => name));
        switches = routed.map(({ name }) =>
          buildBalanceSwitch(control, name, { ...options, label: name })
        );
        node.replaceChildren(said, ...switches.map((each) => each.node));
      }
      switches.forEach(({ update }) => update());
    },
  };
}
