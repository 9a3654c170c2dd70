// What the reader sees and does. Text from the file is put in as text, never as markup.

const byId = (id) => document.getElementById(id);
const pause = () => new Promise((go) => setTimeout(go));
const TITLES = {
  form: "The file is whole, and in its one spelling",
  schema: "It is a claim bundle or a signed score",
  issuer: "The issuer signed it",
  checkpoint: "The log signed the state that it rests on",
  entries: "Each record is as it was signed",
  inclusion: "Each record is in the log",
  keys: "Each signer was allowed to sign",
  openings: "What was sealed is what is shown",
  references: "Nothing that a record names is missing",
  report: "The score follows from the records",
  counts: "The file says of itself what is so",
  question: "The score answers the question that was asked",
};
const WORDS = { ok: "Passed", failed: "Failed", not_checked: "Not checked" };
const RESULTS = {
  holds: ["Signatures and proofs hold", "Each record was signed by the key beside it, and is in the log. That shows what was recorded, not that it is true. The score was not computed again here: onrecord verify does that."],
  unchecked: ["Not verified", "Nothing was found to be wrong, but not everything could be checked: see which steps below."],
  failed: ["Failed: do not rely on this file", "One step found something wrong. The file was altered, or is not what it says, or the key is not this log's."],
  broken: ["The file is damaged", "What it was cannot be told. Download it again from where it came from."],
  malformed: ["This is no bundle and no signed score", "The file is not whole, or is something else. Download it again from where it came from."],
};
const held = { file: null, name: "", run: 0 };

function add(parent, tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

const cut = (text) => (text.length > 4_000 ? `${text.slice(0, 4_000)}…` : text);

async function readTrust() {
  const trust = { logs: [], timed: [], issuers: [] };
  const problems = [];
  for (const line of byId("keys").value.split(/\s+/).filter(Boolean).slice(0, 50)) {
    try {
      const key = await readKey(line);
      if (key.kind === "log") trust.logs.push(key);
      else if (key.kind === "ml-dsa") trust.timed.push(key);
      else trust.issuers.push(key.did);
    } catch (error) {
      problems.push(error instanceof Failed ? error.message : "not a key");
    }
  }
  byId("key-problem").textContent = problems.length ? `Not a key: ${problems[0]}.` : "";
  byId("keys").setAttribute("aria-invalid", String(problems.length > 0));
  return trust;
}

function showStep(step) {
  const item = add(byId("steps"), "li", "", { "data-step": step.name, "data-result": step.result });
  add(item, "strong", `${WORDS[step.result]}: `);
  add(item, "span", TITLES[step.name]);
  add(item, "p", cut(`${step.detail[0].toUpperCase()}${step.detail.slice(1)}.`), { dir: "auto" });
}

function showAbout({ said, logged }) {
  const list = byId("about");
  const tell = (term, text) => {
    add(list, "dt", term);
    add(list, "dd", cut(text), { dir: "auto" });
  };
  const claim = logged.find((one) => one.id === said.report.claim);
  const texts = claim?.record.text ?? {};
  const readable = [texts.en, ...Object.values(texts)].find((one) => typeof one === "string");
  if (readable) tell("Claim", readable);
  tell("Id of the claim", said.report.claim);
  tell("Ledger", said.origin);
  tell("State", `size ${said.report.as_of.size}, ${said.report.as_of.time} (the time is the issuer's word)`);
  byId("about-part").hidden = false;
}

async function run() {
  if (!held.file) return;
  const mine = (held.run += 1);
  const current = () => mine === held.run;
  const trust = await readTrust();
  const ed25519 = await hasEd25519();
  if (!current()) return;
  for (const id of ["steps", "about"]) byId(id).replaceChildren();
  byId("about-part").hidden = true;
  byId("outcome").hidden = false;
  say("working", `Checking ${held.name}`, "");
  const found = await verify(held.file, trust, {
    ed25519,
    tell: async (step) => {
      if (!current()) throw new Error("another run began");
      showStep(step);
      await pause();
    },
    progress: async (step, done, all) => {
      if (!current()) throw new Error("another run began");
      byId("progress").textContent = `${TITLES[step]}: ${done.toLocaleString("en")} of ${all.toLocaleString("en")}`;
      await pause();
    },
  }).catch(() => null);
  if (!found || !current()) return;
  byId("progress").textContent = "";
  const [title, text] = RESULTS[kindOf(found)];
  say(found.result, title, why(found, trust, ed25519) || text);
  if (found.result === "holds" || found.result === "unchecked") showAbout(found);
}

const kindOf = ({ result, steps }) => (result === "malformed" && steps.some((step) => step.broken) ? "broken" : result);

function why({ result, steps }, trust, ed25519) {
  if (result === "failed" || result === "malformed") {
    const step = steps.find((one) => one.result === "failed");
    return `Step ${step.number}, “${TITLES[step.name]}”: ${cut(step.detail)}. ${RESULTS[kindOf({ result, steps })][1]}`;
  }
  if (result !== "unchecked") return "";
  if (!ed25519) return "This browser cannot check Ed25519 signatures, so none was checked. Use a newer one, open the page by https, or run onrecord verify.";
  if (!trust.logs.length) return "Nothing was found to be wrong, but you gave no Ed25519 key of the log: anybody can make a file that fits together. Paste the key above.";
  return "";
}

function say(result, title, text) {
  const box = byId("result");
  box.dataset.result = result;
  byId("result-title").textContent = title;
  byId("result-text").textContent = text;
}

async function take(blob, name) {
  if (blob.size > 134_217_728) return trouble(`${name} is longer than any bundle`);
  held.file = new Uint8Array(await blob.arrayBuffer());
  held.name = name;
  byId("trouble").textContent = "";
  return run();
}

function trouble(text) {
  byId("trouble").textContent = text;
}

// `?claim=ID` asks this server; a saved copy has none.
async function load() {
  const asked = new URLSearchParams(location.search);
  const claim = asked.get("claim");
  if (!claim || location.protocol === "file:") return;
  const kind = asked.get("format") === "score" ? "score" : "bundle";
  try {
    const answer = await fetch(new URL(`/v1/claims/${encodeURIComponent(claim)}/export?format=${kind}`, location.origin));
    if (!answer.ok) return void trouble(`This server has no ${kind} of that claim for you (${answer.status}).`);
    await take(await answer.blob(), `the ${kind} from this server`);
  } catch {
    trouble("This server could not be reached. Open a file instead.");
  }
}

// `#key=...` may come with a link. Not by URLSearchParams, to which a plus is a blank.
function keysOfLink() {
  const keys = location.hash.slice(1).split("&").filter((part) => part.startsWith("key="));
  try {
    return keys.map((part) => decodeURIComponent(part.slice(4)));
  } catch {
    return [];
  }
}

function begin() {
  const linked = keysOfLink();
  byId("keys").value = linked.join("\n");
  byId("linked").hidden = !linked.length;
  byId(location.protocol === "file:" ? "served" : "saved").remove();
  byId("file").addEventListener("change", (event) => event.target.files[0] && take(event.target.files[0], event.target.files[0].name));
  byId("keys").addEventListener("input", () => {
    byId("linked").hidden = true;
    return held.file ? run() : readTrust();
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) take(file, file.name);
  });
  hasEd25519().then((has) => (byId("no-ed25519").hidden = has));
  return load();
}

begin();
