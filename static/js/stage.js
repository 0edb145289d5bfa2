// The stage on a page: its time line, the exchange that is opened, and the
// ways to open one. It is the dock of a lesson, or a page of the stage itself.
"use strict";

class Stage {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.isDock = root.classList.contains("dock");
    this.body = root.querySelector(".dock-body");
    this.panes = root.querySelector(".stage-panes");
    this.list = root.querySelector(".timeline");
    this.status = root.querySelector(".stage-status");
    this.pane = root.querySelector(".exchange-pane");
    this.rows = new Map(); // by id
    this.steps = null;
    this.say = null; // to the feed
    this.wanted = this.readWanted();
    this.tour = this.isDock ? new Tour(root.querySelector(".tour")) : null;
    root.addEventListener("click", (event) => this.click(event));
    root.addEventListener("submit", (event) => this.submit(event));
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a.show-me");
      if (link && this.isDock && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        this.show(link);
      }
    });
    addEventListener("pagehide", () => this.disconnect());
    addEventListener("pageshow", (event) => event.persisted && this.isOpen() && this.connect());
    if (this.isDock) {
      this.dress();
    } else {
      this.adopt();
      this.connect();
    }
  }

  isOpen() {
    return !this.isDock || this.root.classList.contains("open");
  }

  // dress makes the strip a button, and the page's end as high as the dock.
  dress() {
    this.root.querySelector("a.dock-open").hidden = true;
    this.root.querySelector("button.dock-open").hidden = false;
    const fit = () => document.documentElement.style.setProperty("--dock-height", `${this.root.offsetHeight}px`);
    fit(); // before anything can be scrolled behind it
    new ResizeObserver(fit).observe(this.root);
    if (recall("localStorage", "stage.open") === "1") {
      this.toggle(true);
    }
  }

  toggle(open) {
    if (!this.isDock || open === this.isOpen() && this.say) {
      return;
    }
    this.root.classList.toggle("open", open);
    this.body.hidden = !open;
    this.root.querySelector(".dock-tools").hidden = !open;
    this.root.querySelector("button.dock-open").setAttribute("aria-expanded", open);
    remember("localStorage", "stage.open", open ? "1" : null);
    if (open) {
      this.connect();
      this.tour.did("open");
    } else {
      this.steps?.play(false);
      this.disconnect();
      this.project(false);
    }
  }

  connect() {
    this.say ??= openStageFeed(this.words.worker, (message) => this.hear(message));
  }

  disconnect() {
    this.say?.("bye");
    this.say = null;
    this.root.classList.remove("live");
  }

  // adopt takes over what the page brought along.
  adopt() {
    const section = this.root.querySelector(".exchange");
    if (section) {
      this.steps = new Steps(section, this.words);
    }
    for (const link of this.list?.querySelectorAll("a") ?? []) {
      this.rows.set(Number(link.pathname.split("/").at(-2)), { element: link.parentElement });
    }
  }

  hear(message) {
    switch (message.type) {
      case "exchange":
        this.add(message.row);
        break;
      case "held":
        this.waits(message.id);
        break;
      case "released":
        this.goesOn(message.id);
        break;
      case "gap":
        this.tell(this.words.gap);
        break;
      case "lost":
        this.root.classList.remove("live");
        this.tell(this.words.lost, true);
        break;
      case "live":
        this.root.classList.add("live");
        if (this.status?.classList.contains("row-bad")) {
          this.tell("");
        }
        break;
      case "clear":
        this.empty();
    }
  }

  tell(text, bad = false) {
    if (this.status && this.status.textContent !== text) {
      this.status.textContent = text;
      this.status.classList.toggle("row-bad", bad);
    }
  }

  // add puts an exchange into the time line: the newest stands first.
  add(row) {
    if (!this.list) {
      return;
    }
    this.rows.get(row.id)?.element.remove();
    const element = this.makeRow(row);
    this.rows.set(row.id, { ...row, element });
    const older = [...this.list.children].find((each) => Number(each.dataset.id) < row.id);
    this.list.insertBefore(element, older ?? null);
    while (this.list.children.length > keptRows) {
      const last = this.list.lastElementChild;
      this.rows.delete(Number(last.dataset.id));
      last.remove();
    }
    this.root.querySelector(".timeline-empty").hidden = true;
    this.tour?.did("ask");
    if (this.wanted && row.id > this.wanted.after && matches(row, this.wanted.request)) {
      this.open(row.id, this.wanted.step);
      this.wanted = null;
      // The page may be on its way to the next one, which then opens it again.
      setTimeout(() => this.wanted || this.want(null), 2000);
    }
  }

  makeRow(row) {
    const at = new URL(row.url);
    const piece = (name, text) => {
      const span = document.createElement("span");
      span.className = name;
      span.textContent = text;
      return span;
    };
    const what = piece("row-what", "");
    what.append(piece("row-method", row.method), ` ${at.pathname}${at.search}`);
    if (at.host !== location.host) {
      what.prepend(piece("row-host", at.host));
    }
    const link = document.createElement("a");
    link.href = `/stage/exchange/${row.id}/`;
    const status = piece("row-status", row.status || "–");
    status.classList.toggle("row-bad", row.status >= 400);
    link.append(what, " ", status, " ", piece("row-time", duration(row.duration)));
    const item = document.createElement("li");
    item.className = "row";
    item.dataset.id = row.id;
    item.append(link);
    return item;
  }

  empty() {
    this.rows.clear();
    this.list?.replaceChildren();
    this.tell(this.words.cleared);
  }

  // open shows an exchange in the pane, all of it or one step.
  async open(id, step = "") {
    const response = await fetch(`/stage/exchange/${id}/?part=1`, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!response?.ok) {
      this.tell(response ? this.words.gone : this.words.failed, true);
      return;
    }
    const part = new DOMParser().parseFromString(await response.text(), "text/html");
    const section = document.importNode(part.querySelector(".exchange"), true);
    this.steps?.play(false);
    const back = document.createElement("button");
    back.type = "button";
    back.className = "tool list-button";
    back.dataset.do = "list";
    back.textContent = `← ${this.root.querySelector("nav.timeline-pane").getAttribute("aria-label")}`;
    this.pane.replaceChildren(back, section);
    this.panes.classList.add("opened");
    this.pane.scrollTop = 0;
    for (const link of this.list.querySelectorAll("a")) {
      link.toggleAttribute("aria-current", false);
      if (link.pathname === `/stage/exchange/${id}/`) {
        link.setAttribute("aria-current", "true");
      }
    }
    this.steps = new Steps(section, this.words, () => this.tour?.did("step"));
    if (step) {
      this.steps.goTo(step);
    } else {
      this.pane.focus({ preventScroll: true });
    }
  }

  // show is a lesson's "show me": the step of the last such exchange or, where
  // there is none, what makes one.
  show(link) {
    const { show: request, step, press } = link.dataset;
    this.toggle(true);
    const known = [...this.rows.values()].filter((row) => row.url && matches(row, request)).map((row) => row.id);
    if (known.length) {
      this.open(Math.max(...known), step);
      return;
    }
    const target = press && document.querySelector(press);
    const isPage = request === `GET ${location.pathname}`;
    const offer = document.createElement("div");
    offer.className = "offer";
    offer.setAttribute("role", "status");
    const text = document.createElement("p");
    text.textContent = `${this.words.offer} ${target || isPage ? "" : this.words.offerPage}`;
    offer.append(text);
    this.panes.classList.add("opened");
    this.pane.replaceChildren(offer);
    this.want({ request: ofAnyRun(request), step, after: Math.max(0, ...this.rows.keys()) });
    if (target || isPage) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = target ? this.words.offerHere : this.words.offerAgain;
      button.addEventListener("click", () => {
        if (!target) {
          location.reload();
        } else if (target.matches("button")) {
          target.click();
        } else {
          target.focus(); // a form: to be filled in first
        }
      });
      offer.append(button);
      button.focus();
    } else {
      this.pane.focus();
    }
  }

  // want remembers which exchange to open when it comes, also on the next page.
  want(wanted) {
    this.wanted = wanted;
    remember("sessionStorage", "stage.wanted", wanted && JSON.stringify(wanted));
  }

  readWanted() {
    try {
      return JSON.parse(recall("sessionStorage", "stage.wanted"));
    } catch {
      return null;
    }
  }

  project(on) {
    if (on && this.isDock && !this.isOpen()) {
      this.toggle(true);
    }
    document.documentElement.classList.toggle("projector", on);
    this.root.querySelector('[data-do="projector"]')?.setAttribute("aria-pressed", on);
    this.steps?.reveal();
  }

  click(event) {
    const row = event.target.closest(".timeline a");
    if (row && this.panes && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.open(Number(row.parentElement.dataset.id));
      return;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      event.preventDefault();
      this.copy(copy);
      return;
    }
    switch (event.target.closest("[data-do]")?.dataset.do) {
      case "toggle":
        this.toggle(!this.isOpen());
        break;
      case "projector":
        this.project(!document.documentElement.classList.contains("projector"));
        break;
      case "list":
        this.panes.classList.remove("opened");
        this.list.querySelector("a[aria-current]")?.focus();
        break;
      case "tour-end":
        this.tour.end();
        this.root.querySelector("button.dock-open").focus();
    }
  }

  async copy(link) {
    const said = this.root.querySelector("[data-said]");
    try {
      const response = await fetch(link.href);
      await navigator.clipboard.writeText(await response.text());
      said.textContent = this.words.copied;
    } catch {
      location.assign(link.href); // to be copied by hand
    }
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, [contenteditable]")) {
      return;
    }
    const projects = document.documentElement.classList.contains("projector");
    const inStage = projects || !this.isDock || this.root.contains(event.target);
    if (event.key === "p") {
      this.project(!projects);
    } else if (event.key === "Escape" && projects) {
      this.project(false);
    } else if (event.key === "Escape" && inStage && this.steps?.number) {
      this.steps.do("overview");
    } else if (!inStage || event.shiftKey || !this.steps?.section.isConnected || !this.steps.key(event.key)) {
      return;
    }
    event.preventDefault();
  }
}

// matches tells whether a row is a request such as "GET /get_add_cookie".
function matches(row, request) {
  const { pathname, search } = new URL(row.url);
  return [pathname, pathname + search, ofAnyRun(pathname + search)].some((target) => `${row.method} ${target}` === request);
}

// ofAnyRun takes out of an address which run of an experiment it belongs to: the next run has another.
function ofAnyRun(target) {
  return target.replace(/\?run=\w+&/, "?");
}

// duration writes milliseconds as the pages do.
function duration(ms) {
  return `${ms.toFixed(ms >= 100 ? 0 : ms >= 0.1 || ms === 0 ? 1 : 2)} ms`;
}
