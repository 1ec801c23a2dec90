// The search box in the page. TypeDoc's own script opens and closes it and moves through its results by keyboard; what the results
// are comes from here. The entries are loaded when somebody begins to search, not with every page.
import { prepare, rank } from "./rank.mjs";

const input = document.getElementById("tsd-search-input");
const results = document.getElementById("tsd-search-results");
const status = document.getElementById("tsd-search-status");
const base = document.documentElement.dataset.base ?? "./";
let entries;

function load() {
  if (entries !== undefined) return;
  entries = new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${base.endsWith("/") ? base : `${base}/`}assets/search.js`;
    script.onload = () => resolve(unpack(window.searchEntries));
    script.onerror = () => reject(new Error("the search index is not available"));
    document.head.append(script);
  });
  entries.then(show, ({ message }) => {
    status.textContent = message;
  });
}

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return prepare(await new Response(stream).json());
}

async function show() {
  const query = input.value.trim();
  const hits = query === "" ? [] : rank(await entries, query);
  if (input.value.trim() !== query) return; // typed on meanwhile
  results.replaceChildren(...hits.map(item));
  status.textContent = query !== "" && hits.length === 0 ? `No results found for ${query}` : "";
}

function item({ name, parent, url, kind }, index) {
  const option = document.createElement("li");
  option.id = `search-result-${index}`;
  option.role = "option";
  option.ariaSelected = "false";
  const link = document.createElement("a");
  link.tabIndex = -1;
  link.href = `${base.endsWith("/") ? base : `${base}/`}${url}`;
  link.innerHTML = `<svg width="20" height="20" class="tsd-kind-icon" aria-hidden="true"><use href="#icon-${kind}"></use></svg>`;
  const text = document.createElement("span");
  text.className = "text";
  text.textContent = parent === undefined ? name : `${name} (${parent})`;
  link.append(text);
  option.append(link);
  return option;
}

document.getElementById("tsd-search-trigger").addEventListener("click", load);
input.addEventListener("focus", load);
input.addEventListener("input", () => entries?.then(show));
