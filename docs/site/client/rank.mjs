// Ranks what the search box shows. The same function runs in the page and in the test of queries.
//
// Every word of a query must begin a word of the entry. Names count more than texts, whole words more than beginnings, and a page of
// text more than a name of the reference: who types "estimator" wants to read what one is before reading one's type. Texts are
// weighed as in BM25 (Robertson and Zaragoza, 2009): rare words count more, and repeating a word counts less each time.

/**
 * @typedef {object} SearchEntry
 * @property {string} name - of an export, or the heading of a section
 * @property {string} [parent] - the module, or the page of the section
 * @property {string} url - from the root of the site
 * @property {string} text - what is said there
 * @property {number} kind - TypeDoc's kind, for the icon
 * @property {"page" | "section" | "export" | "member"} role
 */

const weights = { page: 4, section: 3.2, export: 1.1, member: 0.4 };
const common = new Set(
  "a an and are as at be by for from how i in is it of on or the to what when who why with".split(
    " ",
  ),
);
const averageLength = 60;

/** Words in lower case; a name such as subsetSelection is one word and its parts. */
export function wordsOf(text) {
  const found = [];
  for (const [word] of text.matchAll(/[\p{L}\p{N}_]+/gu)) {
    found.push(word.toLowerCase());
    const parts = word.match(/\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{N}+/gu) ?? [];
    if (parts.length > 1) for (const part of parts) found.push(part.toLowerCase());
  }
  return found;
}

/** Entries with their words taken apart, once for all queries. */
export function prepare(entries) {
  return entries.map((entry) => ({
    entry,
    name: wordsOf(entry.name),
    whole: wordsOf(entry.name).join(" "),
    parent: wordsOf(entry.parent ?? ""),
    text: wordsOf(entry.text),
  }));
}

/**
 * The entries that fit a query, best first.
 *
 * @param {ReturnType<typeof prepare>} prepared
 * @param {string} query
 * @returns {SearchEntry[]} ten at most
 */
export function rank(prepared, query) {
  const typed = query.match(/[\p{L}\p{N}_]+/gu)?.map((word) => word.toLowerCase()) ?? [];
  const rare = typed.filter((word) => !common.has(word));
  const words = (rare.length > 0 ? rare : typed).map(singular);
  if (words.length === 0) return [];
  const counts = prepared.map(({ text }) => words.map((word) => count(text, word)));
  const entriesWith = words.map((_, w) => counts.filter((row) => row[w] > 0).length);
  const found = [];
  for (const [i, { entry, name, whole, parent, text }] of prepared.entries()) {
    let score = 0;
    let missing = false;
    for (const [w, word] of words.entries()) {
      const idf = Math.log(1 + prepared.length / (1 + entriesWith[w]));
      const tf = counts[i][w];
      const length = 0.25 + (0.75 * text.length) / averageLength;
      const inText = tf === 0 ? 0 : (2.2 * tf) / (tf + 1.2 * length);
      const gained = idf * (inText + 4 * match(name, word) + 1.5 * match(parent, word));
      missing ||= gained === 0;
      score += gained;
    }
    if (missing) continue;
    // How much of the name was asked for; the whole of it is what was looked for.
    const share = Math.min(1, (2 * words.length) / (name.length + words.length));
    if (words.every((word) => match(name, word) > 0)) score *= 1 + share;
    const exact = whole === typed.join(" ") || name[0] === typed.join("");
    if (exact && entry.role !== "member") score *= 3;
    found.push({ entry, score: score * weights[entry.role] });
  }
  found.sort((a, b) => b.score - a.score || (a.entry.url < b.entry.url ? -1 : 1));
  return found.slice(0, 10).map(({ entry }) => entry);
}

/** Without the s of a plural, so that the beginning fits both. */
function singular(word) {
  return word.length > 3 ? word.replace(/(?<!s)s$/, "") : word;
}

function count(words, beginning) {
  let n = 0;
  for (const word of words) if (word.startsWith(beginning)) n += word === beginning ? 1 : 0.5;
  return n;
}

/** 1 for a whole word, less for the beginning of a longer one, 0 for none. */
function match(words, beginning) {
  let best = 0;
  for (const word of words)
    if (word.startsWith(beginning)) best = Math.max(best, beginning.length / word.length);
  return best;
}
