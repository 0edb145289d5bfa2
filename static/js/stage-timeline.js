// The time line of the stage: one row for each exchange, the newest first.
import { keptRows } from "./stage-stream.js";

export class Timeline {
  // list is the element; empty is what is said while it has no rows; words are
  // the stage's texts.
  constructor(list, empty, words) {
    this.list = list;
    this.empty = empty;
    this.words = words;
    this.rows = new Map(); // by id
    for (const link of list.querySelectorAll("a")) {
      this.rows.set(Number(link.pathname.split("/").at(-2)), { element: link.parentElement });
    }
  }

  // add shows an exchange, with the label of what was pressed for it, or below
  // the one that the page's script followed up.
  add(row, label = "") {
    const known = this.rows.get(row.id)?.element;
    label ||= known?.querySelector(".row-pressed")?.dataset.label ?? "";
    known?.remove();
    const element = makeRow(row);
    this.rows.set(row.id, { ...row, element });
    this.empty.hidden = true;
    if (label) {
      const pressed = piece("row-pressed", this.words.pressed.replace("{label}", label));
      pressed.dataset.label = label;
      element.querySelector("a").prepend(pressed);
    }
    const before = row.behind && [...this.list.children].find((each) => Number(each.dataset.id) < row.id);
    if (before) {
      this.fold(element, before);
      return;
    }
    const older = [...this.list.children].find((each) => Number(each.dataset.id) < row.id);
    this.list.insertBefore(element, older ?? null);
    while (this.list.children.length > keptRows) {
      const last = this.list.lastElementChild;
      this.rows.delete(Number(last.dataset.id));
      last.remove();
    }
  }

  // fold puts a row below another, out of sight until it is asked for.
  fold(element, before) {
    let behind = before.querySelector(".row-behind");
    if (!behind) {
      behind = document.createElement("details");
      behind.className = "row-behind";
      behind.append(document.createElement("summary"), document.createElement("ol"));
      before.append(behind);
    }
    behind.lastChild.append(element);
    behind.firstChild.textContent = this.words.behind.replace("{n}", behind.lastChild.children.length);
  }

  clear() {
    this.rows.clear();
    this.list.replaceChildren();
  }

  // mark shows which exchange is open.
  mark(id) {
    for (const link of this.list.querySelectorAll("a")) {
      link.toggleAttribute("aria-current", false);
      if (link.pathname === addressOf(id)) {
        link.setAttribute("aria-current", "true");
      }
    }
  }

  // newest returns the id of the last exchange that is a request such as
  // "GET /get_add_cookie", not counting what the page's script asked for; 0 if
  // there is none.
  newest(request) {
    const found = [...this.rows.values()].filter((row) => row.url && !row.behind && matches(row, request));
    return Math.max(0, ...found.map((row) => row.id));
  }

  // leadsTo reports whether the last exchange redirected to this one: then what
  // was pressed is the last one.
  leadsTo(row) {
    const last = this.rows.get(this.last());
    return last?.status === 303 && last.id < row.id && Date.parse(row.time) - Date.parse(last.time) < 2000;
  }

  // last returns the id of the last exchange.
  last() {
    return Math.max(0, ...this.rows.keys());
  }
}

// addressOf returns where an exchange is shown.
export function addressOf(id) {
  return `/stage/exchange/${id}/`;
}

// matches reports whether a row is a request such as "GET /get_add_cookie".
export function matches(row, request) {
  const { pathname, search } = new URL(row.url);
  return [pathname, pathname + search, ofAnyRun(pathname + search)].some((target) => `${row.method} ${target}` === request);
}

// ofAnyRun takes out of an address which run of an experiment it belongs to: the next run has another.
export function ofAnyRun(target) {
  return target.replace(/\?run=\w+&/, "?");
}

function piece(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

function makeRow(row) {
  const at = new URL(row.url);
  const what = piece("row-what", "");
  what.append(piece("row-method", row.method), ` ${at.pathname}${at.search}`);
  if (at.host !== location.host) {
    what.prepend(piece("row-host", at.host));
  }
  const link = document.createElement("a");
  link.href = addressOf(row.id);
  const status = piece("row-status", row.status || "–");
  status.classList.toggle("row-bad", row.status >= 400);
  link.append(what, " ", status, " ", piece("row-time", duration(row.duration)));
  const item = document.createElement("li");
  item.className = "row";
  item.dataset.id = row.id;
  item.append(link);
  return item;
}

// duration writes milliseconds as the pages do.
function duration(ms) {
  return `${ms.toFixed(ms >= 100 ? 0 : ms >= 0.1 || ms === 0 ? 1 : 2)} ms`;
}
