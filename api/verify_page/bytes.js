"use strict";
// Bytes and their one spelling (docs/format.md §1, §2.10, §6). Nothing here touches the page.

class Failed extends Error {} // the step was made, and the file does not pass it
class Broken extends Failed {} // so early that nobody can tell what the file was
class NotChecked extends Error {} // the step could not be made; the next ones can

const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const encoder = new TextEncoder();
const UNFIT = /\u0000/;

const utf8 = (text) => encoder.encode(text);

function readUtf8(bytes, what) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Broken(`${what} is not UTF-8 at byte ${faultOfUtf8(bytes).toLocaleString("en")}`);
  }
}

// The first byte with which it cannot go on; where it ends too early, its length.
function faultOfUtf8(bytes) {
  const fails = (length) => {
    try {
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, length), { stream: true });
      return false;
    } catch {
      return true;
    }
  };
  if (!fails(bytes.length)) return bytes.length;
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (fails(middle)) bad = middle;
    else good = middle;
  }
  return good;
}

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const digestOf = async (bytes) => `sha256:${hex(await sha256(bytes))}`;
const same = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);
const isDigest = (value) => typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);

// Printed again and compared: atob alone takes blanks and left-over bits.
function base64(text, what) {
  let raw = null;
  try {
    raw = typeof text === "string" ? atob(text) : null;
  } catch {
    raw = null;
  }
  if (raw === null || btoa(raw) !== text) throw new Failed(`${what} is not base64 in its one spelling`);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
  return bytes;
}

function hash32(text, what) {
  const bytes = base64(text, what);
  if (bytes.length !== 32) throw new Failed(`${what} has ${bytes.length} bytes, wanted 32`);
  return bytes;
}

function parseJson(text, what) {
  try {
    return JSON.parse(text);
  } catch {
    const [at, wanted] = faultOfJson(text) ?? [0, "less of it"];
    const before = text.slice(0, at);
    const line = before.split("\n").length;
    const column = [...before.slice(before.lastIndexOf("\n") + 1)].length + 1;
    const found = at < text.length ? JSON.stringify(String.fromCodePoint(text.codePointAt(at))) : "its end";
    throw new Broken(`${what} is not JSON: at line ${line}, column ${column} stands ${found}, wanted ${wanted}`);
  }
}

// RFC 8785. A member that is there twice, a blank or another escape is lost in parsing, so that what is printed differs.
function canonical(value, limits = { depth: 32, values: 4_000_000 }) {
  const out = [];
  let count = 0;
  const text = (one) => {
    if (UNFIT.test(one) || !one.isWellFormed()) throw new Failed("text holds U+0000 or half a surrogate pair");
    out.push(JSON.stringify(one));
  };
  const print = (one, depth) => {
    count += 1;
    if (depth > limits.depth) throw new Failed(`nested deeper than ${limits.depth}`);
    if (count > limits.values) throw new Failed("too many values");
    if (typeof one === "string") return text(one);
    if (typeof one === "number") return out.push(number(one));
    if (one === null || typeof one === "boolean") return out.push(String(one));
    if (Array.isArray(one)) {
      out.push("[");
      one.forEach((item, place) => {
        if (place) out.push(",");
        print(item, depth + 1);
      });
      return out.push("]");
    }
    const names = Object.keys(one).sort();
    if (names.length > 10_000) throw new Failed("an object of more than 10,000 members");
    out.push("{");
    names.forEach((name, place) => {
      if (place) out.push(",");
      text(name);
      out.push(":");
      print(one[name], depth + 1);
    });
    return out.push("}");
  };
  print(value, 0);
  return out.join("");
}

function number(value) {
  const past = Number.isInteger(value) && Math.abs(value) > MAX_SAFE && Math.abs(value) < 1e21;
  if (!Number.isFinite(value) || past) throw new Failed("a number past 2^53 - 1");
  return JSON.stringify(value);
}

// Keys

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const PRIME = 2n ** 255n - 19n;
const littleEndian = (bytes) => BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);
// Under points of order 1, 2, 4 and 8 anybody can make signatures that hold.
const SMALL_ORDER = [
  0n,
  1n,
  PRIME - 1n,
  littleEndian(unhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
  littleEndian(unhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
];

function didKey(text) {
  if (typeof text !== "string" || !/^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/.test(text)) {
    throw new Failed("a key is not the did:key of an Ed25519 key (did:key:z6Mk...)");
  }
  let value = 0n;
  for (const letter of text.slice("did:key:z".length)) value = value * 58n + BigInt(BASE58.indexOf(letter));
  if (value >> 256n !== 0xed01n) throw new Failed("a key is not the did:key of an Ed25519 key");
  const key = unhex((value & (2n ** 256n - 1n)).toString(16).padStart(64, "0"));
  const y = littleEndian(key) & (2n ** 255n - 1n);
  if (y >= PRIME || SMALL_ORDER.includes(y)) throw new Failed("a key under which anybody could sign");
  return key;
}

const imported = new Map();

async function signatureHolds(publicKey, signature, message) {
  const name = hex(publicKey);
  if (!imported.has(name)) {
    imported.set(name, crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]));
  }
  let key = null;
  try {
    key = await imported.get(name);
  } catch {
    return false; // 32 bytes that are no point of the curve
  }
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
}

// The first vector of RFC 8032, §7.1: a browser that cannot tell it from a broken one checks nothing for us.
async function hasEd25519() {
  const key = unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const good = unhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
  const bad = good.with(0, good[0] ^ 1);
  try {
    const one = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    const held = (signature) => crypto.subtle.verify({ name: "Ed25519" }, one, signature, new Uint8Array());
    return (await held(good)) && !(await held(bad));
  } catch {
    return false;
  }
}
