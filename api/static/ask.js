// A slider over the moments at which the score moved, and what-if without leaving the page. The server is asked for the very
// page that the address names, and its sections take the place of the old ones: nothing is worked out or worded here.

const slider = document.querySelector(".slider");
const status = document.createElement("p");
status.setAttribute("role", "status");
status.className = "unseen";
document.querySelector("main")?.append(status);
const kept = new Map();
let asking = new AbortController();
let shown = location.href.split("#")[0];

async function page(address) {
  if (kept.has(address)) return kept.get(address);
  asking.abort();
  asking = new AbortController();
  const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: asking.signal });
  if (!answer.ok) throw new Error(String(answer.status));
  const text = await answer.text();
  if (kept.size > 40) kept.delete(kept.keys().next().value);
  kept.set(address, text);
  return text;
}

const named = (root) => new Map([...root.querySelectorAll("main > section[aria-labelledby]")].map((one) => [one.getAttribute("aria-labelledby"), one]));

function take(text) {
  const come = new DOMParser().parseFromString(text, "text/html");
  const mine = named(document), theirs = named(come);
  for (const [name, old] of mine) {
    const fresh = theirs.get(name);
    // The part with the slider stays, or it would be gone from under the reader's hand.
    if (!fresh || name === "time") continue;
    const open = [...old.querySelectorAll("details[open] > summary")].map((one) => one.textContent);
    for (const one of fresh.querySelectorAll("details")) one.open ||= open.includes(one.querySelector("summary").textContent);
    old.replaceWith(fresh);
  }
  swap(document.querySelector(".tongues"), come.querySelector(".tongues"));
  const notice = come.querySelector("[data-asked]"), before = document.querySelector("[data-asked]");
  if (before && notice) before.replaceWith(notice);
  else if (notice) document.querySelector("main > h1").after(notice);
  else before?.remove();
  standing(come);
  document.dispatchEvent(new Event("onrecord:answered"));
  return come;
}

function swap(old, fresh) {
  if (old && fresh) old.replaceWith(fresh);
}

// Of the time part: which moment is shown, and what the form and its line say.
function standing(come) {
  const time = document.querySelector("section[aria-labelledby=time]"), other = come.querySelector("section[aria-labelledby=time]");
  if (!time || !other) return;
  swap(time.querySelector(".course"), other.querySelector(".course"));
  swap(time.querySelector(".timeline"), other.querySelector(".timeline"));
  for (const name of ["until", "clock"]) {
    const field = time.querySelector(`[name=${name}]`);
    if (field && field !== document.activeElement) field.value = other.querySelector(`[name=${name}]`).value;
  }
  for (const one of time.querySelectorAll("form input[type=hidden]")) one.remove();
  time.querySelector("form").append(...other.querySelectorAll("form input[type=hidden]"));
  if (slider) slider.dataset.until = other.querySelector(".slider").dataset.until;
}

async function ask(address, { push = false } = {}) {
  try {
    const text = await page(address);
    const anchor = document.activeElement, top = anchor?.getBoundingClientRect?.().top;
    const come = take(text);
    history[push ? "pushState" : "replaceState"]({ onrecord: true }, "", address);
    shown = address;
    // What changed above must not move the slider away.
    if (anchor?.isConnected && anchor !== document.body) scrollBy(0, anchor.getBoundingClientRect().top - top);
    return come;
  } catch (error) {
    if (error.name === "AbortError") return null;
    if (slider) status.textContent = slider.dataset.failed;
    location.assign(address);
    return null;
  }
}

const headline = (root) => root.querySelector("#answer")?.textContent.trim() ?? "";

function sliding() {
  const moments = [...document.querySelectorAll(".timeline > li[data-at]")];
  if (!slider || moments.length < 2) return;
  const label = document.createElement("label"), range = document.createElement("input"), output = document.createElement("output");
  label.textContent = slider.dataset.label;
  label.htmlFor = range.id = "moment";
  range.type = "range";
  range.min = 0;
  range.step = 1;
  output.htmlFor = "moment";
  let dates = [], words = [];
  const read = () => {
    const items = [...document.querySelectorAll(".timeline > li[data-at]")];
    dates = [...items.map((one) => one.dataset.at), ""];
    words = [...items.map((one) => one.querySelector("p").textContent.trim()), `${slider.dataset.now}: ${headline(document)}`];
    // What stands now is known only where it is shown.
    if (slider.dataset.until) words[words.length - 1] = slider.dataset.now;
    range.max = dates.length - 1;
  };
  const say = () => {
    const text = words[range.value];
    output.textContent = text;
    range.setAttribute("aria-valuetext", text);
  };
  const stand = () => {
    const until = slider.dataset.until, now = document.querySelector(".timeline > li[aria-current]");
    const place = dates.indexOf(until);
    range.value = until ? (place >= 0 ? place : Math.max(dates.indexOf(now?.dataset.at), 0)) : dates.length - 1;
    say();
  };
  let waiting;
  const go = async () => {
    clearTimeout(waiting);
    const address = new URL(location.href), at = dates[range.value];
    address.hash = "";
    address.searchParams.delete("until");
    if (at) address.searchParams.set("until", at);
    if (address.href === location.href.split("#")[0]) return;
    slider.setAttribute("aria-busy", "true");
    const come = await ask(address.href);
    if (!come) return;
    slider.removeAttribute("aria-busy");
    read();
    stand();
    status.textContent = `${output.textContent}. ${document.querySelector(".answer .lead")?.textContent.trim() ?? ""}`;
  };
  range.addEventListener("input", () => {
    say();
    clearTimeout(waiting);
    waiting = setTimeout(go, 150);
  });
  range.addEventListener("change", go);
  read();
  slider.append(label, range, output);
  stand();
  document.addEventListener("onrecord:answered", () => {
    read();
    stand();
  });
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.(".choices a, .back a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const address = new URL(link.getAttribute("href"), location.href);
  address.hash = "";
  if (!(await ask(address.href, { push: true }))) return;
  // The link that was pressed is gone; what came of it stands under this heading.
  const heading = document.getElementById("change");
  heading?.focus();
  status.textContent = document.querySelector("[data-result]")?.textContent.trim() ?? headline(document);
});
addEventListener("popstate", (event) => {
  const address = location.href.split("#")[0];
  // A link to another place in this very page comes here too, and has nothing to ask.
  if (address !== shown && (event.state?.onrecord || kept.size)) ask(address);
});
sliding();

// Whoever prints has the folds open, and finds them afterwards as they were.
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details:not([open]):not(.takeaway)")];
  for (const one of unfolded) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of unfolded) one.open = false;
  unfolded = [];
});
