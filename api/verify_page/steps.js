// The steps of docs/format.md §14.1 and §15.4, by their numbers, as far as a browser can make them.

const BUNDLE = "urn:onrecord:claim-bundle:1";
const SCORE = "urn:onrecord:score:1";
const SAYS = {
  [BUNDLE]: {
    proves: [
      "each record in this file was signed by the key named beside it, and is in the log at the stated index",
      "each of these keys was allowed to sign it by entries of the log below that index",
      "the log had this size and root when it signed the checkpoint, and had it at the checkpoint's time",
      "the report follows from these records under the stated policy; anyone can compute it again from this file",
    ],
    does_not_prove: [
      "that what the sources said is true: the score says how far the records carry the claim, no more",
      "that nothing was left out: inclusion is proven, completeness is not; replay the log to check that",
      "that a key has not been revoked, or a record corrected, after the checkpoint",
      "that the people who signed the records read their sources well",
    ],
  },
  [SCORE]: {
    proves: [
      "the issuer signed this report as the answer to this question, for the log at this size and root, under this policy",
      "the log enrolled the issuer, by entries that are in this file and in the log at the stated indexes",
      "the log had this size and root when it signed the checkpoint, and had it at the checkpoint's time",
    ],
    does_not_prove: [
      "that what the sources said is true: the score says how far the records carry the claim, no more",
      "that the report follows from the records: they are not in this file; compute it again from the log, or from a bundle",
      "that no word on the issuer's key was left out: inclusion is proven, completeness is not; replay the log to check that",
      "that a key has not been revoked, or a record corrected, after the checkpoint",
    ],
  },
};
const ISSUED = "origin issuer checkpoint consistency entries asked report proves does_not_prove".split(" ");
const REPORT = (
  "as_of base bottlenecks circular claim clock confidence contributions figures headline independent_origins interval " +
  "label_sources labels log_odds no_weight origins outlets policy probability related reports sensitivity " +
  "sensitivity_left_out set_aside showable summary until verdicts withdrawn without words"
).split(" ");
const TEXTS = (value) => Array.isArray(value) && value.every((one) => typeof one === "string");
const COUNT = (value) => Number.isSafeInteger(value) && value >= 0;
const close = (one, other) => Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));
const plural = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

function want(holds, what) {
  if (!holds) throw new Failed(what);
}

class Check {
  constructor(bytes, trust, { ed25519, progress }) {
    Object.assign(this, { bytes, trust, ed25519, progress, logged: [], leaves: [], node: nodes(), logSigned: false });
  }

  names() {
    const own = this.type === SCORE ? ["question", "report"] : ["openings", "references", "report", "counts"];
    return ["form", "schema", "issuer", "checkpoint", "entries", "inclusion", "keys", ...own];
  }

  // 1
  form() {
    want(this.bytes.length <= 134_217_728, "more than 128 MiB: no bundle is as long");
    const text = readUtf8(this.bytes, "the file");
    const value = parseJson(text, "the file");
    this.envelope = openEnvelope(value, FILE_TYPE, 1, "the file");
    want(canonical(value, { depth: 4, values: 100 }) === text, "the envelope is not in its one spelling: blanks, order or escapes");
    return `${plural(this.bytes.length, "byte")}, each in its place`;
  }

  // 2
  schema() {
    const text = readUtf8(this.envelope.payload, "the payload");
    const said = parseJson(text, "the payload");
    want(canonical(said) === text, "the payload is not in its one spelling: blanks, order or escapes");
    members(said, ["_type", "subject", "predicateType", "predicate"], "the payload");
    want(said._type === "https://in-toto.io/Statement/v1" && Object.hasOwn(SAYS, said.predicateType), "neither bundle nor score");
    this.type = said.predicateType;
    this.said = members(said.predicate, this.type === BUNDLE ? [...ISSUED, "openings", "counts"] : ISSUED, "what is said");
    checkShape(said, this.said);
    this.subject = said.subject[0];
    if (this.type === SCORE) want(this.bytes.length <= 33_554_432 && this.said.entries.length <= 10_000, "too long for a score");
    return this.type === BUNDLE ? "a claim with the records behind it" : "a score alone";
  }

  // 3
  async issuer() {
    const [{ did }] = this.envelope.signatures;
    want(did === this.said.issuer, `signed by ${did}, which is not the issuer that the file names`);
    this.needEd25519();
    await checkSignatures(this.envelope);
    if (this.trust.issuers.includes(did)) return `the signature holds, under a key that you gave: ${did}`;
    if (this.trust.logs.length) return `the signature holds under ${did}; whether the log enrolled that key is step 7`;
    throw new NotChecked(`the signature holds under ${did}, which the file itself names: without a log key nobody says whose it is`);
  }

  // 4
  async checkpoint() {
    const note = parseNote(this.said.checkpoint);
    this.state = note;
    want(note.origin === this.said.origin, "the checkpoint is another log's");
    const path = this.said.consistency.map((one) => hash32(one, "a hash of the consistency proof"));
    const { size, root, time } = this.said.report.as_of;
    await checkConsistency(size, note.size, unhex(root), note.root, path, this.node);
    if (!this.trust.logs.length) throw new NotChecked(this.trust.timed.length ? "ML-DSA-44 is not checked here: paste the log's Ed25519 key too" : "you gave no key of the log");
    this.needEd25519();
    const own = this.trust.logs.filter((key) => key.name === note.origin);
    want(own.length, `the keys that you gave are of ${this.trust.logs[0].name}, the file is of another log: ${note.origin}`);
    const by = (keys) => note.signatures.flatMap((one) => keys.filter((key) => key.name === one.name && key.id === one.id).map((key) => [key, one.signature]));
    const { keys: known, now } = await followed(own, this.said.entries, note.origin);
    const signed = by(known);
    want(signed.length, "no key that you gave signed this checkpoint: it is not this log's, or the key is not");
    for (const [key, signature] of signed) {
      want(signature.length === 64 && (await signatureHolds(key.key, signature, utf8(note.text))), "the log's signature does not hold");
    }
    want(signed.some(([key]) => now.has(hex(key.key))), "only keys that the log had retired signed the checkpoint");
    for (const [, signature] of by(this.trust.timed)) checkTime(signature, size === note.size, time);
    this.logSigned = true;
    const given = by(own).length > 0;
    return `signed (Ed25519) by ${note.origin} at size ${note.size.toLocaleString("en")}, under a key that ${given ? "you gave" : "took the place of one that you gave"}`;
  }

  // 5
  async entries() {
    const entries = this.said.entries;
    want(entries.length, "a file without entries proves nothing");
    const ordered = entries.every((one, place) => one.index < this.state.size && (!place || entries[place - 1].index < one.index));
    want(ordered, "the entries are not in order, each once, below the tree's size");
    await this.each("entries", entries, async (entry) => {
      want((entry.envelope === null) !== (entry.withheld === null), "it is not either shown or withheld");
      if (entry.withheld !== null) return { leaf: hash32(entry.withheld, "the leaf hash") };
      const read = await readEntry(entry, this.ed25519);
      want(this.type === BUNDLE || read.record.kind === "key", "it is no word on a key, and so none of a score's");
      return read;
    }).then((read) => {
      this.leaves = read.map((one) => one.leaf);
      this.logged = read.filter((one) => one.record);
    });
    const withheld = entries.length - this.logged.length;
    want(this.type === BUNDLE || !withheld, "an entry is withheld, which words on keys never are");
    this.needEd25519();
    const signatures = this.logged.reduce((sum, one) => sum + one.keys.length, 0);
    return `${plural(this.logged.length, "record")}, ${plural(signatures, "signature")}: each holds` + (withheld ? `; ${withheld} withheld` : "");
  }

  // 6
  async inclusion() {
    const entries = this.said.entries;
    await this.each("inclusion", entries, async (entry, place) => {
      const path = entry.proof.map((one) => hash32(one, "a hash of the proof"));
      await checkInclusion(entry.index, this.state.size, this.leaves[place], path, this.state.root, this.node);
    });
    const found = `${plural(entries.length, "entry leads", "entries lead")} to the checkpoint's root`;
    if (!this.logSigned) throw new NotChecked(`${found}, but nobody whom you trust signed that checkpoint`);
    return found;
  }

  // 7
  keys() {
    const ring = ringOf(this.said.origin, this.logged);
    want(ring.mayIssue(this.said.issuer), "the log did not enrol the issuer, or has revoked it");
    const signers = new Set(this.logged.flatMap((one) => one.keys)).size;
    if (!this.logSigned) throw new NotChecked("the keys in the file fit together, but anybody can make such keys: the log's signature is what counts");
    return `${plural(signers, "signer")}: each was allowed to sign what it signed; the issuer may issue`;
  }

  // 8
  async openings() {
    const sealed = new Set(this.logged.flatMap((one) => [...sealedIn(one.record)]));
    const openings = Object.entries(this.said.openings);
    for (const [digest, { salt, value }] of openings) {
      want(sealed.has(digest), `${digest} is sealed in none of the records`);
      want(value.normalize("NFC") === value, "a sealed value is not in normal form C");
      const found = await digestOf(join(utf8("onrecord/sealed/v1\u0000"), unhex(salt), utf8(value)));
      want(found === digest, `the value shown for ${digest} is not the one that was sealed`);
    }
    return `shown and as they were sealed: ${openings.length} of ${plural(sealed.size, "sealed value")}`;
  }

  // 9
  references() {
    const first = new Map();
    const place = (name, index) => first.has(name) || first.set(name, index);
    for (const { id, index, record } of this.logged) {
      place(id, index);
      if (record.kind === "source") place(record.id, index);
    }
    const withheld = this.logged.filter((one) => one.record.kind === "withhold").map((one) => one.record.target);
    const hidden = this.logged.length < this.leaves.length;
    let count = 0;
    for (const { index, record } of this.logged) {
      for (const [role, target] of referencesOf(record)) {
        count += 1;
        const known = first.get(target);
        const excused = withheld.includes(target) || (hidden && !String(target).startsWith("sha256:"));
        want(known === undefined ? excused : known <= index, `entry ${index} names something as ${role} that is missing or above it`);
      }
    }
    want(!hidden || withheld.some((one) => !first.has(one)), "an entry is withheld, and no record here withholds it");
    want(first.has(this.said.report.claim), "the claim itself is missing");
    return `${plural(count, "reference")}: each leads to a record in this file`;
  }

  // 10, or 9 of a score
  report() {
    const { base, contributions, log_odds: total, probability } = this.said.report;
    const sum = contributions.reduce((all, one) => all + one.contribution, base);
    const stated = Math.log(probability / (1 - probability));
    want(close(sum, total), "the report's rows do not add up to its sum");
    // The policy keeps the probability off 0 and 1: only in between must both say the same.
    want(close(stated, total) || (Math.abs(stated) < Math.abs(total) && Math.abs(stated) > 3), "the report's probability is not its sum");
    throw new NotChecked("the report's rows add up, but it was not computed again from the records here");
  }

  // 11, or 8 of a score
  question() {
    const { asked, report, proves, does_not_prove: doesNot } = this.said;
    const claims = new Set([this.subject.name, `sha256:${this.subject.digest.sha256}`, asked.claim, report.claim]);
    want(claims.size === 1, "subject, question and report are about different claims");
    const rate = asked.base_rate;
    const answers =
      asked.until === report.until && asked.clock === report.clock && asked.policy === report.policy &&
      [...asked.without].sort().join("\n") === report.without.join("\n") &&
      (rate === null ? close(report.base, 0) : rate > 0 && rate < 1 && close(Math.log(rate / (1 - rate)), report.base));
    want(answers, "the report answers another question than the one asked");
    const fixed = SAYS[this.type];
    want(canonical([proves, doesNot]) === canonical([fixed.proves, fixed.does_not_prove]), "the file says of itself what such files do not say");
    return `the report answers the question, under ${asked.policy}`;
  }

  counts() {
    this.question();
    const records = new Map(this.logged.map((one) => [one.id, one.record]));
    const of = (kind) => [...records.values()].filter((one) => one.kind === kind);
    const found = {
      entries: this.leaves.length,
      records: records.size,
      statements: of("statement").length,
      attributions: of("attribution").length,
      documents: of("document").length,
      sources: new Set(of("source").map((one) => one.id)).size,
    };
    want(canonical(found) === canonical(this.said.counts), "the counts are not those of the entries");
    return Object.entries(found).map(([name, count]) => `${count.toLocaleString("en")} ${name}`).join(", ");
  }

  needEd25519() {
    if (!this.ed25519) throw new NotChecked("this browser cannot check Ed25519 signatures");
  }

  // Many at once, in order, and the page stays alive in between.
  async each(step, items, make) {
    const made = [];
    for (let at = 0; at < items.length; at += 64) {
      const some = items.slice(at, at + 64).map(async (item, place) => {
        try {
          return await make(item, at + place);
        } catch (error) {
          if (error instanceof Failed) throw new Failed(`entry ${item.index}: ${error.message}`);
          throw error;
        }
      });
      made.push(...(await Promise.all(some)));
      await this.progress(step, made.length, items.length);
    }
    return made;
  }
}

function checkShape(said, predicate) {
  const wrong = "a member is not as it should be";
  want(Array.isArray(said.subject) && said.subject.length === 1, wrong);
  members(said.subject[0], ["name", "digest"], "the subject");
  members(said.subject[0].digest, ["sha256"], "the subject's digest");
  const { origin, issuer, checkpoint, consistency, entries, asked, report, proves, does_not_prove: doesNot } = predicate;
  want([origin, issuer, checkpoint].every((one) => typeof one === "string") && [consistency, proves, doesNot].every(TEXTS), wrong);
  want(consistency.length <= 64 && Array.isArray(entries) && entries.length <= 100_000, wrong);
  for (const entry of entries) {
    members(entry, ["index", "envelope", "withheld", "proof"], "an entry");
    want(COUNT(entry.index) && TEXTS(entry.proof) && entry.proof.length <= 64, wrong);
  }
  members(asked, ["claim", "until", "clock", "without", "base_rate", "policy"], "the question");
  want(TEXTS(asked.without) && (asked.base_rate === null || typeof asked.base_rate === "number"), wrong);
  members(report, REPORT, "the report");
  members(report.as_of, ["size", "root", "time"], "the report's state");
  want(COUNT(report.as_of.size) && /^[0-9a-f]{64}$/.test(report.as_of.root), wrong);
  want(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(report.as_of.time) && typeof report.showable === "boolean" && TEXTS(report.without), wrong);
  want([report.base, report.log_odds, report.probability].every((one) => typeof one === "number"), wrong);
  want(Array.isArray(report.contributions) && report.contributions.every((one) => typeof one?.contribution === "number"), wrong);
  if (said.predicateType === SCORE) return;
  want(isObject(predicate.openings) && Object.keys(predicate.openings).length <= 10_000, wrong);
  for (const opening of Object.values(predicate.openings)) {
    members(opening, ["salt", "value"], "an opening");
    want(/^[0-9a-f]{32}$/.test(opening.salt) && typeof opening.value === "string" && opening.value.length <= 8_000, wrong);
  }
}

// What the ML-DSA-44 signature says of its time, not proven here; where even that differs, something is wrong (§10.4).
function checkTime(signature, sameState, time) {
  const stated = Date.parse(time) / 1000;
  const log = Number(BigInt(`0x${hex(signature.slice(0, 8))}`));
  want(sameState ? stated === log : stated <= log, "the report is as of another time than the checkpoint's");
}

// Every step with what came of it, told as it happens.
async function verify(bytes, trust, { ed25519, tell, progress }) {
  const check = new Check(bytes, trust, { ed25519, progress });
  const steps = [];
  let failed = false;
  for (let number = 1; number <= check.names().length; number += 1) {
    const name = check.names()[number - 1];
    const step = { number, name, ...(failed ? { result: "not_checked", detail: "an earlier step failed" } : await outcome(check, name)) };
    failed ||= step.result === "failed";
    steps.push(step);
    await tell(step);
  }
  return { result: resultOf(steps), steps, said: check.said, type: check.type, logged: check.logged };
}

async function outcome(check, name) {
  try {
    return { result: "ok", detail: await check[name]() };
  } catch (error) {
    if (error instanceof NotChecked) return { result: "not_checked", detail: error.message };
    if (error instanceof Broken) return { result: "failed", broken: true, detail: error.message };
    // Whatever a hostile file breaks in here does not pass.
    return { result: "failed", detail: error instanceof Failed ? error.message : "the file is not as this step wants it" };
  }
}

function resultOf(steps) {
  const failed = steps.find((step) => step.result === "failed");
  if (failed) return failed.number <= 2 ? "malformed" : "failed";
  return steps.every((step) => step.result === "ok" || step.name === "report") ? "holds" : "unchecked";
}
