// The graph of chains: choose a box to read its statement beside the picture, follow the lines with the arrow keys.
// What a statement says is taken from the list on the page, which the server wrote.

const wordOf = (graph, name) => graph.dataset[name];

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

function start() {
  const graph = document.querySelector(".graph");
  const svg = graph?.querySelector("svg[aria-label]");
  if (!svg || graph.dataset.alive) return;
  graph.dataset.alive = "yes";
  const nodes = new Map([...svg.querySelectorAll("[data-node]")].map((one) => [one.dataset.node, one]));
  if (!nodes.size) return;
  const edges = [...svg.querySelectorAll("[data-edge]")].map((line) => [...line.dataset.edge.split(" "), line]);
  const places = new Map([...nodes].map(([id, one]) => {
    const { e, f } = one.transform.baseVal.consolidate().matrix;
    return [id, { x: e, y: f + one.getBBox().height / 2 }];
  }));
  const panel = document.createElement("div");
  panel.className = "panel";
  panel.hidden = true;
  panel.setAttribute("aria-live", "polite");
  const scroll = graph.querySelector(".picture");
  const toggle = () => {
    const fitted = scroll.classList.toggle("fit");
    fit.textContent = wordOf(graph, fitted ? "full" : "fit");
  };
  const fit = button(wordOf(graph, "fit"), toggle);
  // A picture that is a little too wide opens whole; one that would be too small to read opens as it is, and scrolls.
  const wide = svg.getBoundingClientRect().width, room = scroll.clientWidth;
  if (wide > room && room / wide > 0.6) toggle();
  fit.dataset.fitting = "";
  graph.prepend(fit);
  graph.append(panel);
  const hint = document.querySelector("[data-hint]");
  if (hint) hint.textContent = hint.dataset.hint;

  // One stop of the tab key for the whole picture; the arrow keys go on from there.
  let stop;
  const stopAt = (id) => {
    if (stop) nodes.get(stop).setAttribute("tabindex", "-1");
    stop = id;
    nodes.get(id).setAttribute("tabindex", "0");
  };
  for (const one of nodes.values()) one.setAttribute("tabindex", "-1");
  stopAt([...nodes.keys()].reduce((best, id) => {
    const a = places.get(id), b = places.get(best);
    return a.x < b.x || (a.x === b.x && a.y < b.y) ? id : best;
  }));
  // Of a tall picture the first origin is far below its top: it comes into view, and the page stays where it is.
  const view = scroll.getBoundingClientRect(), first = nodes.get(stop).getBoundingClientRect();
  if (first.bottom > view.bottom) scroll.scrollTop += first.top - view.top - (view.height - first.height) / 2;

  const nearest = (from, ids) => ids.sort((a, b) => Math.abs(places.get(a).y - from.y) - Math.abs(places.get(b).y - from.y))[0];
  const steps = {
    ArrowLeft: (id, here) => nearest(here, edges.filter(([below]) => below === id).map(([, above]) => above)),
    ArrowRight: (id, here) => nearest(here, edges.filter(([, above]) => above === id).map(([below]) => below)),
    ArrowUp: (id, here) => nearest(here, column(here).filter((one) => places.get(one).y < here.y)),
    ArrowDown: (id, here) => nearest(here, column(here).filter((one) => places.get(one).y > here.y)),
  };
  const column = (here) => [...places.keys()].filter((id) => places.get(id).x === here.x);

  // All that it has it from, or all that have it from it.
  const reach = (id, from, to) => {
    const found = new Set([id]);
    for (const one of found) for (const edge of edges) if (edge[from] === one) found.add(edge[to]);
    return found;
  };

  function clear() {
    svg.classList.remove("chosen");
    for (const one of svg.querySelectorAll(".on, .picked")) one.classList.remove("on", "picked");
    for (const one of nodes.values()) one.removeAttribute("aria-current");
  }

  function close() {
    clear();
    panel.hidden = true;
    nodes.get(stop).focus();
  }

  function choose(id) {
    clear();
    const up = reach(id, 0, 1), down = reach(id, 1, 0);
    svg.classList.add("chosen");
    for (const one of [...up, ...down]) nodes.get(one)?.classList.add("on");
    for (const [below, above, line] of edges) {
      if ((up.has(below) && up.has(above)) || (down.has(below) && down.has(above))) line.classList.add("on");
    }
    nodes.get(id).classList.add("picked");
    nodes.get(id).setAttribute("aria-current", "true");
    stopAt(id);
    tell(nodes.get(id));
  }

  function tell(node) {
    const target = node.getAttribute("href");
    const item = document.getElementById(target.slice(1));
    const copy = document.createElement("div");
    copy.dataset.told = node.dataset.node;
    for (const part of item?.childNodes ?? []) copy.append(part.cloneNode(true));
    const there = document.createElement("a");
    there.href = target;
    there.textContent = wordOf(graph, "list");
    const foot = document.createElement("p");
    foot.append(there, " ", button(wordOf(graph, "close"), close));
    panel.replaceChildren(copy, foot);
    panel.hidden = false;
    node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  svg.addEventListener("click", (event) => {
    const node = event.target.closest("[data-node]");
    // A link opened elsewhere is a link.
    if (!node || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(node.dataset.node);
  });
  svg.addEventListener("keydown", (event) => {
    const id = event.target.closest("[data-node]")?.dataset.node;
    if (!id || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && !panel.hidden) return close();
    const next = steps[event.key]?.(id, places.get(id));
    if (!steps[event.key]) return;
    event.preventDefault();
    if (!next) return;
    stopAt(next);
    nodes.get(next).focus();
    if (!panel.hidden) choose(next);
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
}

start();
document.addEventListener("onrecord:answered", start);
