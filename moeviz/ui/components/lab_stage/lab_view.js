// What the lab's charts show: which measure, which layer, all text or by domain. In the address.

import { addressed, parameter, setParameters } from "../channel/address.js";
import { gapRows, heldOutOf, lineOf, ribbonOf } from "../live_run/pictures.js";
import { noStepWords } from "../live_run/words.js";
import { buildPopup } from "../shared/popup.js";
import { el } from "../shared/shared.js";

/** @typedef {import("../channel/run_state.js").RunState} RunState */
/** @typedef {import("../channel/run_state.js").Arm} Arm */
/** @typedef {{metric: string, layer: number, byDomain: boolean}} Chosen */

/** @param {any} first @param {() => void} onChange */
export function buildView(first, onChange) {
  let data = first;
  /** @type {Chosen} */
  const chosen = { metric: data.metric, layer: data.layer, byDomain: data.by_domain };
  const { node, box } = buildPopup("view", "View");
  const definition = el("p", "definition");
  const metric = select(
    "Balance measure",
    data.metrics.map((/** @type {any} */ each) => [each.name, each.label]),
  );
  const layer = select("Layer of the charts", []);
  const domains = select("Cross-entropy", data.losses);
  box.append(metric.node, definition, layer.node, domains.node);
  const said = () => {
    definition.textContent =
      data.metrics.find((/** @type {any} */ each) => each.name === chosen.metric)?.definition ?? "";
  };
  const show = () => {
    metric.input.value = chosen.metric;
    layer.input.value = String(chosen.layer);
    domains.input.value = data.losses[Number(chosen.byDomain)][0];
    said();
  };
  const write = () => {
    const { parameters } = data;
    setParameters({
      ...addressed(parameters.metric, chosen.metric),
      ...addressed(parameters.layer, String(chosen.layer)),
      ...addressed(parameters.by_domain, data.losses[Number(chosen.byDomain)][0]),
    });
  };
  const changed = () => {
    chosen.metric = metric.input.value;
    chosen.layer = Number(layer.input.value || 0);
    chosen.byDomain = domains.input.value === data.losses[1][0];
    write();
    said();
    onChange();
  };
  for (const each of [metric, layer, domains]) each.input.addEventListener("change", changed);
  show();
  return {
    node,
    chosen: () => chosen,
    /**
     * A link, or *back*, brings what its address says. Otherwise the reader's choice stays, and
     * stands in the address again where the page's script did not know of it.
     * @param {any} next
     */
    take(next) {
      const linked = next.address_reads !== data.address_reads;
      data = next;
      if (!linked) return write();
      Object.assign(chosen, fromAddress(data));
      return show();
    },
    /** The layers that the models have. @param {RunState} state */
    fit(state) {
      const count = Math.max(1, ...state.arms.map((arm) => arm.dense ? 0 : arm.n_layers));
      if (layer.input.options.length === count) return;
      chosen.layer = Math.min(chosen.layer, count - 1);
      const options = Array.from({ length: count }, (_, i) => option(String(i), `layer ${i}`));
      layer.input.replaceChildren(...options);
      layer.input.value = String(chosen.layer);
    },
  };
}

/**
 * What the address says of the view, as the page's script has understood and written it.
 * @param {any} data
 * @returns {Chosen}
 */
function fromAddress({ parameters, losses }) {
  /** @param {string} field */
  const text = (field) => parameter(parameters[field].url) ?? parameters[field].default;
  return {
    metric: text("metric"),
    layer: Number(text("layer")),
    byDomain: text("by_domain") === losses[1][0],
  };
}

/** @param {string} label @param {string[][]} options */
function select(label, options) {
  const node = el("label", "field", label);
  const input = /** @type {HTMLSelectElement} */ (el("select"));
  input.append(...options.map(([value, text]) => option(value, text)));
  node.append(input);
  return { node, input };
}

/** @param {string} value @param {string} text */
function option(value, text) {
  const node = /** @type {HTMLOptionElement} */ (el("option", "", text));
  node.value = value;
  return node;
}

/**
 * Cross-entropy, the chosen measure, and a ribbon of load for each model with a router.
 * @param {RunState} state
 * @param {any} data
 * @param {Chosen} chosen
 * @returns {any} what `createLiveCharts` updates with
 */
export function chartModel(state, data, { metric, layer, byDomain }) {
  const measure = data.metrics.find((/** @type {any} */ each) => each.name === metric);
  const routed = state.arms.filter((arm) => !arm.dense && layer < arm.n_layers);
  const { per_layer: perLayer } = measure;
  const balance = perLayer ? routed : state.arms;
  return {
    rows: [
      {
        kind: "lines",
        label: "Cross-entropy, nats per token (lower is better)",
        term: { id: "cross-entropy", shown: "Cross-entropy" },
        bounds: null,
        series: state.arms.flatMap((arm, i) =>
          losses(arm, colourOf(data, i), byDomain && data.domains)
        ),
      },
      ...gapRows(state, data.gap_colour),
      {
        kind: "lines",
        label: perLayer ? `${measure.label}, layer ${layer}` : measure.label,
        term: measure.term,
        bounds: measure.bounds === "experts"
          ? [0, Math.max(2, ...routed.map((arm) => arm.n_experts))]
          : measure.bounds,
        series: balance.map((arm) => ({
          name: arm.name,
          colour: colourOf(data, state.arms.indexOf(arm)),
          dash: false,
          ...lineOf(arm, metric, perLayer ? layer : null),
        })),
      },
      ...routed.map((arm) => ribbonOf(arm, layer)),
    ],
    marks: state.marks.map(([step, label]) => ({ step, label })),
    lastStep: state.step,
    placeholder: noStepWords(state, "No step yet"),
  };
}

/** @param {any} data @param {number} index */
const colourOf = (data, index) => data.arm_colours[index % data.arm_colours.length];

/** @param {Arm} arm @param {string} colour @param {string[] | false} domains */
function losses(arm, colour, domains) {
  if (!domains) {
    return [
      { name: arm.name, colour, dash: false, ...lineOf(arm, "cross_entropy") },
      { name: `${arm.name}, held out`, colour, dash: true, ...heldOutOf(arm) },
    ];
  }
  return domains.map((domain, g) => ({
    name: `${arm.name}, ${domain}`,
    colour,
    dash: false,
    ...lineOf(arm, "domain_cross_entropy", g),
  }));
}
