// The keyboard on the stage. What it uses goes no further: pages have shortcuts of their own.

export function listenToKeys(root, does) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (handle(event, does)) event.preventDefault();
    if (USED.has(event.key)) event.stopPropagation();
  });
  root.addEventListener("keyup", (event) => {
    if (!USED.has(event.key)) return;
    event.stopPropagation();
    if (event.key === " " && walkable(event.target)) event.preventDefault(); // no click on a chip
  });
}

/** Space and ← → also from the page around the stage, while it is in view and nothing else has the
 *  focus. Returns what ends that. */
export function listenToPage(root, nodes, does) {
  const acts = { ArrowLeft: does.back, ArrowRight: does.next, " ": does.play };
  const hear = (event) => {
    if (
      event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey
    ) return;
    if (!acts[event.key] || nodes.body.hidden || !nothingHasFocus(root) || !inView(root)) return;
    event.preventDefault(); // Space scrolls no page
    if (event.key !== " " || !event.repeat) acts[event.key]();
  };
  globalThis.addEventListener("keydown", hear);
  return () => globalThis.removeEventListener("keydown", hear);
}

/** Only the page itself, or what the stage scrolls in, may have it; and no dialog may be open. */
function nothingHasFocus(root) {
  const [active, host] = [document.activeElement, root.getRootNode().host ?? root];
  if (document.querySelector("[role=dialog]")) return false;
  return !active || (active !== host && active.contains(host));
}

function inView(root) {
  const { top, height } = root.getBoundingClientRect();
  const middle = top + height / 2;
  return height > 0 && middle > 0 && middle < innerHeight;
}

const USED = new Set([
  " ",
  "Enter",
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "Home",
  "End",
]);

const walkable = (node) => node.matches(".chip, .expert");

function handle(event, does) {
  const { target, key } = event;
  if (target.closest("details, .window") && !walkable(target)) return false; // it scrolls
  if (key === " ") return spaceBar(event, does);
  if (walkable(target) && walk(target, key)) return true;
  if (key === "Enter" && target.matches(".routing-stage")) return act(does.skip);
  const acts = { ArrowLeft: does.back, ArrowRight: does.next, Home: does.first, End: does.last };
  return acts[key] && !walkable(target) ? act(acts[key]) : false;
}

function spaceBar({ target, repeat }, does) {
  if (target.matches("button") && !walkable(target)) return false; // it presses that button
  if (!repeat) does.play();
  return true;
}

function act(deed) {
  deed();
  return true;
}

/** Arrows walk over the tokens in reading order, or over the experts; Tab stops once a group. */
function walk(node, key) {
  const all = [...node.parentNode.children];
  const from = all.indexOf(node);
  const step = {
    ArrowRight: 1,
    ArrowDown: 1,
    ArrowLeft: -1,
    ArrowUp: -1,
    Home: -from,
    End: all.length - 1 - from,
  }[key];
  if (step === undefined) return false;
  const next = all[Math.min(all.length - 1, Math.max(0, from + step))];
  node.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
  return true;
}
