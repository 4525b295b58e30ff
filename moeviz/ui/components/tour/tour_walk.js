// The token that moves through the picture: from station to station, one movement at a time.

import { setText, svg } from "../shared/shared.js";
import { cut } from "./tour_words.js";

/** @typedef {{x: number, y: number, station: number}} Station */

const LEG_MS = 480;

/** @param {SVGSVGElement} drawing */
export function buildWalk(drawing) {
  const token = svg("g", { class: "walker", "aria-hidden": "true" }, drawing);
  const box = svg("rect", { y: -13, height: 26, rx: 13 }, token);
  const text = svg("text", { y: 5, "text-anchor": "middle" }, token);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const place = (/** @type {Station} */ { x, y }) =>
    token.style.transform = `translate(${x}px, ${y}px)`;
  return {
    end: () => clearTimeout(timer),
    /**
     * @param {Station[]} stations
     * @param {string} said what the token is
     * @param {(station: number) => void} reach called with each station that it comes to
     * @param {boolean} stays at the last one
     */
    go(stations, said, reach, stays) {
      clearTimeout(timer);
      const short = cut(said, 6);
      const width = Math.max(26, 12 + 8 * short.length);
      setText(text, short);
      box.setAttribute("width", String(width));
      box.setAttribute("x", String(-width / 2));
      const last = stations[stations.length - 1];
      const arrived = () => {
        reach(last.station);
        token.classList.toggle("away", !stays);
      };
      token.classList.remove("moves");
      if (calm.matches || stations.length < 2) {
        place(last);
        arrived();
        return;
      }
      token.classList.remove("away");
      place(stations[0]);
      reach(stations[0].station);
      token.getBoundingClientRect(); // the browser takes the place before it takes the transition
      token.classList.add("moves");
      let i = 0;
      const on = () => {
        if (i > 0) reach(stations[i].station);
        if (++i >= stations.length) return arrived();
        place(stations[i]);
        timer = setTimeout(on, LEG_MS);
      };
      timer = setTimeout(on, LEG_MS);
    },
  };
}
