// The keyboard on the stage. What it uses goes no further: pages have shortcuts of their own.

export function listenToKeys(root, nodes, does) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (handle(event, nodes, does)) event.preventDefault();
    if (USED.has(event.key)) event.stopPropagation();
  });
  root.addEventListener("keyup", (event) => {
    if (!USED.has(event.key)) return;
    event.stopPropagation();
    if (event.key === " " && walkable(event.target)) event.preventDefault(); // no click on a chip
  });
}

const USED = new Set([" ", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);

const walkable = (node) => node.matches(".chip, .expert");

function handle(event, nodes, does) {
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
