// Where a text stops being JSON (RFC 8259). JSON.parse tells it otherwise in each browser, and in some not at all.

const LITERAL = /(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const VALUE = "a value";
const NAME = "a member's name";
const NEXT = "a comma or a closing bracket";

// The place after a match there, or null.
function past(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

// Past the text that begins with the quotation mark at this place, or where it is at fault and what was wanted.
function pastText(text, begin) {
  let at = begin + 1;
  while (at < text.length && text[at] !== '"') {
    if (text[at] < " ") return { fault: [at, "this sign as an escape"] };
    const next = text[at] === "\\" ? past(ESCAPE, text, at) : at + 1;
    if (next === null) return { fault: [at, "an escape that JSON has"] };
    at = next;
  }
  return at < text.length ? { at: at + 1 } : { fault: [begin, "a text that ends"] };
}

// [place, what was wanted there] of the first fault; null where it is JSON.
function faultOfJson(text) {
  const open = [];
  let at = 0;
  let wanted = VALUE;
  let first = false; // right behind an opening bracket, where the closing one may stand
  for (;;) {
    while (at < text.length && " \t\n\r".includes(text[at])) at += 1;
    const sign = text[at];
    const closes = sign !== undefined && sign === open.at(-1);
    if (wanted === NEXT && !open.length) return sign === undefined ? null : [at, "nothing more"];
    if (closes && (first || wanted === NEXT)) {
      open.pop();
      at += 1;
      [wanted, first] = [NEXT, false];
    } else if (wanted === NEXT) {
      if (sign !== ",") return [at, NEXT];
      at += 1;
      wanted = open.at(-1) === "}" ? NAME : VALUE;
    } else if (sign === '"') {
      const told = pastText(text, at);
      if (told.fault) return told.fault;
      at = told.at;
      if (wanted === NAME) {
        while (at < text.length && " \t\n\r".includes(text[at])) at += 1;
        if (text[at] !== ":") return [at, "a colon"];
        at += 1;
      }
      [wanted, first] = [wanted === NAME ? VALUE : NEXT, false];
    } else if (wanted === VALUE && (sign === "{" || sign === "[")) {
      open.push(sign === "{" ? "}" : "]");
      at += 1;
      [wanted, first] = [sign === "{" ? NAME : VALUE, true];
    } else {
      const next = wanted === VALUE ? past(LITERAL, text, at) : null;
      if (next === null) return [at, wanted];
      at = next;
      [wanted, first] = [NEXT, false];
    }
  }
}
