// A value in a message: texts and numbers as they are, cut short; of everything else the kind. Never throws.

const shownCharacters = 60;

/** What kind of value it is, with its article: "a string", "an array of 3 items", "a promise". */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return `a ${typeof value}`;
  try {
    if (Array.isArray(value)) return `an array of ${value.length} items`;
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (ArrayBuffer.isView(value) && "length" in value)
      return `${withArticle(tag)} of ${value.length} entries`;
    if ("then" in value && typeof value.then === "function") return "a promise";
    if ("next" in value && typeof value.next === "function") return "an iterator";
    return withArticle(tag === "Object" ? "object" : tag);
  } catch {
    return "an object that cannot be read";
  }
}

/** The kind of a value that must not be shown: a value of a record, the name of a subject. */
export function hidden(value: unknown): string {
  const kind = kindOf(value).replace(/ of \d+ \w+$/, "");
  return /^(?:string|number|bigint|symbol)$/.test(typeof value) ? `${kind} (not shown)` : kind;
}

/** The value and its kind: `"1" (a string)`, `NaN (a number)`, `an array of 3 items`. */
export function described(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `${quoted(value)} (a string${value.length > shownCharacters ? ` of ${value.length} characters` : ""})`;
    case "number":
    case "boolean":
      return `${Object.is(value, -0) ? "-0" : value} (a ${typeof value})`;
    default:
      return kindOf(value);
  }
}

/** A text in quotes, cut short. */
export function quoted(text: string): string {
  return JSON.stringify(
    text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text,
  );
}

function withArticle(name: string): string {
  const word = /^\w{1,40}$/.test(name) ? name : "object";
  return `${/^(?:[AEIO]|Un)/i.test(word) && !/^Uint/.test(word) ? "an" : "a"} ${word}`;
}
