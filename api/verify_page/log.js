// The log: the keys that a reader brings, checkpoints and proofs (docs/format.md §9 to §11).

async function readKey(line) {
  if (line.startsWith("did:key:")) return { kind: "issuer", did: (didKey(line), line) };
  if (line.startsWith("PRIVATE+KEY+")) throw new Failed("that is a private key: it belongs on no page, not even this one");
  const match = /^([\x21-\x2a\x2c-\x7e]{1,200})\+([0-9a-f]{8})\+(.+)$/.exec(line);
  if (!match) throw new Failed("a log key is name+id+base64");
  const [, name, id, material] = match;
  const raw = base64(material, "the key");
  const found = hex((await sha256(join(utf8(`${name}\n`), raw))).slice(0, 4));
  if (found !== id) throw new Failed(`the key's id is ${found}, and it says ${id}: a letter is wrong somewhere`);
  if (raw[0] === 1 && raw.length === 33) return { kind: "log", name, id, key: raw.slice(1) };
  if (raw[0] === 6 && raw.length === 1313) return { kind: "ml-dsa", name, id };
  throw new Failed("neither an Ed25519 nor an ML-DSA-44 key of a log");
}

function parseNote(note) {
  if (note.length > 1 << 20 || /[\x00-\x09\x0b-\x1f]/.test(note)) throw new Failed("the checkpoint is no signed note");
  const split = note.lastIndexOf("\n\n");
  if (split < 0 || !note.endsWith("\n") || split + 2 >= note.length) throw new Failed("the checkpoint is no signed note");
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > 100) throw new Failed("the checkpoint has more than 100 signatures");
  return { text, signatures: lines.map(noteSignature), ...parseCheckpoint(text) };
}

function noteSignature(line) {
  const match = /^\u2014 ([^\s+]+) (\S+)$/.exec(line);
  const raw = match ? base64(match[2], "a signature of the checkpoint") : [];
  if (raw.length < 5) throw new Failed("a signature line of the checkpoint is not one");
  return { name: match[1], id: hex(raw.slice(0, 4)), signature: raw.slice(4) };
}

function parseCheckpoint(text) {
  const lines = text.slice(0, -1).split("\n");
  if (lines.length < 3 || lines.some((line) => !line)) throw new Failed("a checkpoint has an origin, a size and a root");
  // Above 2^53 JavaScript cannot count; no log gets there.
  if (!/^(0|[1-9][0-9]{0,14})$/.test(lines[1])) throw new Failed("the tree's size is not a plain number");
  return { origin: lines[0], size: Number(lines[1]), root: hash32(lines[2], "the root") };
}

const halve = (value) => Math.floor(value / 2);
const odd = (value) => value % 2 === 1;

function climb(place, last) {
  while (place && !odd(place)) [place, last] = [halve(place), halve(last)];
  return [place, last];
}

// Proofs of one tree share most of their nodes: each is hashed once.
function nodes() {
  const known = new Map();
  return (left, right) => {
    const name = hex(left) + hex(right);
    if (!known.has(name)) known.set(name, sha256(join(Uint8Array.of(1), left, right)));
    return known.get(name);
  };
}

const leafHash = (entry) => sha256(join(Uint8Array.of(0), entry));

// RFC 9162 §2.1.3.2
async function checkInclusion(index, size, leaf, proof, root, node) {
  let [found, place, last] = [leaf, index, size - 1];
  for (const sibling of proof) {
    if (last === 0) throw new Failed("the inclusion proof has hashes left over");
    if (odd(place) || place === last) {
      found = await node(sibling, found);
      [place, last] = climb(place, last);
    } else {
      found = await node(found, sibling);
    }
    [place, last] = [halve(place), halve(last)];
  }
  if (last || !same(found, root)) throw new Failed("the inclusion proof does not lead to the root");
}

// RFC 9162 §2.1.4.2
async function checkConsistency(oldSize, newSize, oldRoot, newRoot, proof, node) {
  if (oldSize < 1 || oldSize > newSize) throw new Failed(`no proof leads from size ${oldSize} to size ${newSize}`);
  if (oldSize === newSize) {
    if (proof.length || !same(oldRoot, newRoot)) throw new Failed("the report's root is not the checkpoint's");
    return;
  }
  const complete = Number.isInteger(Math.log2(oldSize)) && 2 ** Math.round(Math.log2(oldSize)) === oldSize;
  const path = complete ? [oldRoot, ...proof] : [...proof];
  let [place, last] = [oldSize - 1, newSize - 1];
  while (odd(place)) [place, last] = [halve(place), halve(last)];
  if (!path.length) throw new Failed("the consistency proof is empty");
  let [older, newer] = [path[0], path[0]];
  for (const sibling of path.slice(1)) {
    if (last === 0) throw new Failed("the consistency proof has hashes left over");
    if (odd(place) || place === last) {
      [older, newer] = [await node(sibling, older), await node(sibling, newer)];
      [place, last] = climb(place, last);
    } else {
      newer = await node(newer, sibling);
    }
    [place, last] = [halve(place), halve(last)];
  }
  if (last || !same(older, oldRoot) || !same(newer, newRoot)) {
    throw new Failed("the consistency proof does not lead to both roots");
  }
}
