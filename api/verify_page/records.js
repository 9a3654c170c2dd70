// Envelopes, records, who may sign what, and what names what (docs/format.md §3, §5, §7, §8).

const RECORD_TYPE = "application/vnd.onrecord.record+json; version=1";
const FILE_TYPE = "application/vnd.in-toto+json";

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function members(value, names, what) {
  if (!isObject(value)) throw new Failed(`${what} is no object with members`);
  const listed = (some) => some.slice(0, 5).map((one) => JSON.stringify(one.slice(0, 100))).join(", ") + (some.length > 5 ? ", …" : "");
  const unknown = Object.keys(value).filter((one) => !names.includes(one));
  const missing = names.filter((one) => !Object.hasOwn(value, one));
  const wrong = [];
  if (unknown.length) wrong.push(`has what does not belong there: ${listed(unknown)}`);
  if (missing.length) wrong.push(`lacks ${listed(missing)}`);
  if (wrong.length) throw new Failed(`${what} ${wrong.join(", and ")}`);
  return value;
}

function pae(type, payload) {
  return join(utf8(`DSSEv1 ${utf8(type).length} ${type} ${payload.length} `), payload);
}

// The envelope of a value that was printed canonically already.
function openEnvelope(value, type, most, what) {
  members(value, ["payload", "payloadType", "signatures"], what);
  if (value.payloadType !== type) throw new Failed(`${what} is of another type than ${type}`);
  const signatures = value.signatures;
  if (!Array.isArray(signatures) || signatures.length < 1 || signatures.length > most) {
    throw new Failed(`${what} has not ${most === 1 ? "one signature" : "one to four signatures"}`);
  }
  const read = signatures.map((one) => {
    members(one, ["keyid", "sig"], "a signature");
    const signature = base64(one.sig, "a signature");
    if (signature.length !== 64) throw new Failed("an Ed25519 signature has 64 bytes");
    return { did: one.keyid, key: didKey(one.keyid), signature };
  });
  if (read.some((one, place) => place && read[place - 1].did >= one.did)) {
    throw new Failed("signatures are not sorted by key, each key once");
  }
  return { type, payload: base64(value.payload, "the payload"), signatures: read };
}

async function checkSignatures(envelope) {
  const message = pae(envelope.type, envelope.payload);
  for (const { did, key, signature } of envelope.signatures) {
    if (!(await signatureHolds(key, signature, message))) throw new Failed(`the signature of ${did} does not hold`);
  }
}

async function readEntry(entry, checkSigns) {
  const text = canonical(entry.envelope);
  const data = utf8(text);
  if (data.length > 65_535) throw new Failed("an envelope of more than 65,535 bytes");
  const envelope = openEnvelope(entry.envelope, RECORD_TYPE, 4, "the envelope");
  if (envelope.payload.length > 48_128) throw new Failed("a record of more than 48,128 bytes");
  const payload = readUtf8(envelope.payload, "the record");
  const record = parseJson(payload, "the record");
  if (canonical(record) !== payload) throw new Failed("the record is not in its one spelling");
  if (!isObject(record) || !Object.hasOwn(KINDS, record.kind)) throw new Failed("a record of no kind that this page knows");
  if (checkSigns) await checkSignatures(envelope);
  const keys = envelope.signatures.map((one) => one.did);
  return { index: entry.index, leaf: await leafHash(data), id: await digestOf(envelope.payload), record, keys };
}

// Which members of each kind name other records or sources.
const KINDS = {
  source: ["affiliation", "same_as"],
  source_relation: ["subject", "evidence", "object"],
  claim: ["concerns"],
  claim_text: ["claim"],
  claim_relation: ["subject", "object"],
  document: ["publisher", "authors", "purported_author", "version_of", "translation_of"],
  statement: ["claim", "speaker", "document", "reported_by", "withdraws", "evidence", "joint_with"],
  attribution: ["from", "to", "credited_in", "asserted_by"],
  assessment: ["target", "because", "by", "document"],
  correction: ["target", "replaced_by"],
  withhold: ["target"],
  commitment: [],
  key: [],
};

function referencesOf(record) {
  const found = [];
  for (const role of [...KINDS[record.kind], "replaces"]) {
    if (record.relation === "party_to" && role === "object") continue; // a topic
    const named = record[role] === undefined ? [] : [record[role]].flat();
    for (const one of named) found.push([role, isObject(one) ? one.source : one]);
  }
  return found;
}

function sealedIn(value, found = new Set()) {
  if (isObject(value) && Object.keys(value).length === 1 && isDigest(value.sealed)) found.add(value.sealed);
  else if (value && typeof value === "object") Object.values(value).forEach((one) => sealedIn(one, found));
  return found;
}

const mayWrite = (kind) => kind !== "key" && kind !== "withhold";
const MAY = { contributor: mayWrite, editor: mayWrite, admin: (kind) => !mayWrite(kind), issuer: () => false, log: () => false };
const purposeOf = (word) => ["issuer", "log"].find((role) => word.roles.includes(role)) ?? "records";
const isLogWord = (record) => record.kind === "key" && Array.isArray(record.roles) && record.roles.join() === "log";

function checkKeyRecord(record) {
  didKey(record.public_key);
  const known = Array.isArray(record.roles) && record.roles.length && record.roles.every((role) => Object.hasOwn(MAY, role));
  if (!known || !["enroll", "revoke"].includes(record.action)) throw new Failed("a word on a key that says nothing");
}

// A word on a key of the log is signed by the log's own keys too, and by an admin (§8.9). `terms` says which sign now.
function peopleAmong(record, keys, terms) {
  if (!isLogWord(record)) return keys;
  const own = record.public_key;
  const others = keys.filter((key) => key !== own && terms.get(key));
  const enrols = record.action === "enroll";
  if (enrols && (!keys.includes(own) || (terms.size && !others.length) || terms.has(own))) {
    throw new Failed("a key of the log is enrolled once, by itself and by one that signs the log's checkpoints then");
  }
  if (!enrols && (!terms.get(own) || !others.length)) throw new Failed("a key of the log is retired by another that stays");
  const people = keys.filter((key) => key !== own && !terms.get(key));
  if (!people.length) throw new Failed("a word on a key of the log is signed by an admin too");
  return people;
}

// The Ed25519 keys of this log that trusted ones have put in their place, by words in the file: each is signed by one before.
async function followed(trusted, entries, origin) {
  const [found, now, ended] = [[...trusted], new Set(trusted.map((one) => hex(one.key))), new Set()];
  for (const entry of entries) {
    if (!entry.envelope || !readLoosely(base64(entry.envelope.payload, "the payload")).includes('"mldsa44":"')) continue;
    const { record, keys } = await readEntry(entry, true);
    if (!isLogWord(record) || record.ledger !== origin || !keys.some((did) => now.has(hex(didKey(did))))) continue;
    const key = didKey(record.public_key);
    if (record.action === "revoke") {
      now.delete(hex(key));
      ended.add(hex(key));
    }
    if (record.action !== "enroll" || now.has(hex(key)) || ended.has(hex(key))) continue;
    const id = hex((await sha256(join(utf8(`${origin}\n`), Uint8Array.of(1), key))).slice(0, 4));
    now.add(hex(key));
    found.push({ kind: "log", name: origin, id, key });
  }
  return { keys: found, now };
}

function readLoosely(bytes) {
  return new TextDecoder().decode(bytes);
}

// Authority over an entry comes from the entries below it alone (§8.2).
function ringOf(origin, logged) {
  if (logged[0]?.index !== 0 || logged[1]?.index !== 1) {
    throw new Failed("entries 0 and 1, from which all authority comes, are missing");
  }
  const roles = new Map();
  const of = (key) => roles.get(key) ?? [];
  const terms = new Map();
  const purposes = new Map();
  for (const { index, record, keys } of logged) {
    const at = `entry ${index}: `;
    if (record.kind === "key") checkKeyRecord(record);
    const enrols = record.kind === "key" && record.action === "enroll";
    if (index === 0) {
      if (!enrols || !record.roles.includes("admin")) throw new Failed(`${at}it does not enrol the first admin`);
      if (keys.join() !== record.public_key) throw new Failed(`${at}it is not signed by the key that it enrols`);
    } else {
      if (index === 1 && !(enrols && record.roles.join() === "issuer")) throw new Failed(`${at}it does not enrol the issuer`);
      for (const key of peopleAmong(record, keys, terms)) {
        const revokesItself = record.kind === "key" && record.action === "revoke" && record.public_key === key;
        const may = of(key).some((role) => MAY[role](record.kind)) || (of(key).length && revokesItself);
        if (!may) throw new Failed(`${at}${key} may not sign a ${record.kind} there`);
      }
    }
    if (["key", "correction", "withhold"].includes(record.kind) && record.ledger !== origin) {
      throw new Failed(`${at}it was made for another ledger`);
    }
    if (enrols) {
      const purpose = purposeOf(record);
      if ((purposes.get(record.public_key) ?? purpose) !== purpose) throw new Failed(`${at}a key is enrolled for another purpose than before`);
      purposes.set(record.public_key, purpose);
    }
    if (record.kind === "key") roles.set(record.public_key, enrols ? record.roles : []);
    if (isLogWord(record)) terms.set(record.public_key, enrols);
  }
  return { mayIssue: (key) => of(key).includes("issuer") };
}
