// Marks that stand in the place of a record's value or a subject's name, and the search for them in errors. Which places hold such
// things is told by the names of parameters and members, so a function that is written tomorrow is searched, too.
import { inspect } from "node:util";

/** No function has this text of its own, in whatever form it is shown. */
const digits = "47110815";

/** Parameters and members that hold what is known of a person, or who the person is. */
const ofPeople = /^(?:record|value|subject|patient|person|code|column|set)s?$/i;

/** What everybody may know, whatever its members are called. */
const ofEverybody = /^(?:schema|attributes|json|before|after|levels|options)$/i;

/** Makes anew each form in which a mark may be given: right, wrong, and nearly right. */
export const marks: readonly (() => unknown)[] = [
  () => `mark${digits}`,
  () => digits,
  () => ` ${digits}`,
  () => `Zoe\u0308${digits}`,
  () => `${digits}\ud800`,
  () => `x${digits}`.padEnd(2000, "y"),
  () => Number(digits),
  () => -Number(digits) - 0.5,
  () => BigInt(digits),
  () => [`mark${digits}`],
  () => [`mark${digits}`, `mark${digits}`],
  () => Uint32Array.of(Number(digits)),
  () => ({ [`mark${digits}`]: digits }),
  () => Symbol(digits),
];

/** Whether an error, whatever it was caused by, or its details show a mark. */
export function shows(error: unknown): boolean {
  return inspect(error, {
    depth: 20,
    showHidden: true,
    maxStringLength: null,
    maxArrayLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  })
    .replace(/[^0-9a-z]/gi, "")
    .includes(digits);
}

/** Argument lists with a mark in each place that is of a person: one place marked each time, and all entries of a list at once. */
export function* markedCalls(
  target: object,
  right: readonly unknown[] | undefined,
): Iterable<unknown[]> {
  const names = parametersOf(target);
  const given = right ?? names.map(() => undefined);
  for (const [i, name] of names.entries())
    for (const path of placesOf(given[i], [name]).slice(0, mostPlaces))
      for (const mark of marks) {
        const copy = [...given];
        copy[i] = replaced(given[i], path.slice(1), mark);
        yield copy;
      }
}

const mostPlaces = 12;

/** The paths of a value's parts that are of a person. */
function placesOf(value: unknown, path: readonly string[]): (readonly string[])[] {
  const name = path[path.length - 1] ?? "";
  if (ofEverybody.test(name) && path.length > 1) return [];
  // A number called "columns" counts them.
  const isOfPeople =
    path.some((each) => ofPeople.test(each)) && !(name === "columns" && value === Number(value));
  const here = isOfPeople ? [path] : [];
  if (path.length > 4 || !isHolder(value)) return here;
  const keys = Object.keys(value).slice(0, 5);
  const inner = keys.flatMap((key) => placesOf((value as never)[key], [...path, key]));
  const all = Array.isArray(value) && here.length > 0 && value.length > 1 ? [[...path, "*"]] : [];
  return [...here, ...all, ...inner];
}

const isHolder = (value: unknown): value is object =>
  Array.isArray(value) ||
  (typeof value === "object" &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value)));

function replaced(value: unknown, path: readonly string[], mark: () => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return mark();
  if (key === "*") return (value as unknown[]).map(mark);
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  (copy as Record<string, unknown>)[key] = replaced((value as never)[key], rest, mark);
  return copy;
}

/** The names of a function's parameters, from its source; a destructured one is called "options". */
function parametersOf(target: object): string[] {
  const source = Function.prototype.toString.call(target);
  const start = source.indexOf("(");
  const names: string[] = [];
  let [depth, word] = [0, ""];
  for (let at = start; at >= 0 && at < source.length; at++) {
    const character = source[at] as string;
    if (/[([{]/.test(character)) depth++;
    if (/[)\]}]/.test(character)) depth--;
    if (depth === 0 || (depth === 1 && character === ",")) {
      names.push(word);
      word = "";
      if (depth === 0) break;
    } else if (at > start) word += character;
  }
  return names
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map((each) => /^\w+/.exec(each.replace(/^\.\.\./, ""))?.[0].replace(/\d+$/, "") ?? "options");
}
