// Parts of pages, asked from the server as they are now.
import { ask } from "./ask.js";
import { localTimes } from "./times.js";

// fetchPart returns the element of a page that a selector finds. Where the
// answer is a part by itself, "body" finds all of it.
export async function fetchPart(address, selector, options) {
  const response = await ask(address, { cache: "no-store", ...options, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const part = document.adoptNode(page.querySelector(selector));
  localTimes(part);
  return part;
}

const turns = new WeakMap(); // the last call of replacePart for an element

// replacePart gives an element what a part of a page contains now, and keeps
// the focus where it was. prepare may change the part before. Answers may come
// in another order than they were asked for: only that of the last call for an
// element counts, and replacePart returns whether it was this one.
export async function replacePart(element, address, selector, { prepare, ...options } = {}) {
  const turn = Symbol();
  turns.set(element, turn);
  const part = await fetchPart(address, selector, options).catch((error) => {
    if (turns.get(element) === turn) {
      throw error;
    }
  });
  if (turns.get(element) !== turn) {
    return false;
  }
  prepare?.(part);
  if (!element.isEqualNode(part)) { // or a selection would be lost for nothing
    const focused = document.activeElement?.closest("[id]");
    const id = element.contains(focused) ? focused.id : "";
    element.replaceChildren(...part.childNodes);
    document.getElementById(id)?.querySelector("button:not([hidden]), a")?.focus();
  }
  return true;
}
