// The stage on a page: its time line, the exchange that is opened, and the
// ways to open one. It is the dock of a lesson, or a page of the stage itself.
import { noteDrop } from "./ask.js";
import { replacePart } from "./part.js";
import { Pressed } from "./pressed.js";
import { openFeed } from "./stage-feed.js";
import { Forms } from "./stage-forms.js";
import { ShowMe } from "./stage-show.js";
import { Steps } from "./stage-steps.js";
import { addressOf, Timeline } from "./stage-timeline.js";
import { Tour } from "./stage-tour.js";
import { recall, remember } from "./storage.js";

class Stage {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.isDock = root.classList.contains("dock");
    this.panes = root.querySelector(".stage-panes");
    this.pane = root.querySelector(".exchange-pane");
    this.steps = null; // of the exchange that is open
    this.chosen = false; // a step of it, by the reader
    this.say = null; // to the feed
    this.forms = new Forms(this);
    const list = root.querySelector(".timeline");
    this.timeline = list && new Timeline(list, root.querySelector(".timeline-empty"), this.words);
    this.pressed = new Pressed(() => (this.say && this.timeline ? this.timeline.last() : null));
    root.addEventListener("click", (event) => this.click(event));
    document.addEventListener("keydown", (event) => this.key(event));
    addEventListener("pagehide", () => this.disconnect());
    addEventListener("pageshow", (event) => event.persisted && this.isOpen() && this.connect());
    if (this.isDock) {
      this.tour = new Tour(root.querySelector(".tour"));
      this.showMe = new ShowMe(this);
      this.dress();
    } else {
      const section = root.querySelector(".exchange");
      if (section) {
        this.steps = new Steps(section, this.words);
      }
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
    this.root.querySelector(".dock-body").hidden = !open;
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
    this.say ??= openFeed((message) => this.hear(message), this.words.page ?? "");
  }

  disconnect() {
    this.say?.("bye");
    this.say = null;
    this.root.classList.remove("live");
  }

  hear(message) {
    switch (message.type) {
      case "exchange":
        this.add(message.row);
        break;
      case "held":
        this.forms.hold(message.id);
        break;
      case "released":
        this.forms.release(message.id);
        if (message.dropped) {
          noteDrop(this.words.dropped);
        }
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
        if (this.root.querySelector(".stage-status.row-bad")) {
          this.tell("");
        }
        break;
      case "clear":
        this.empty();
    }
  }

  tell(text, bad = false) {
    const status = this.root.querySelector(".stage-status");
    if (status && status.textContent !== text) {
      status.textContent = text;
      status.classList.toggle("row-bad", bad);
    }
  }

  add(row) {
    const label = row.behind ? "" : this.pressed.take(row.id);
    const mine = !row.behind && !this.timeline?.leadsTo(row);
    this.timeline?.add(row, label);
    this.tour?.did("ask");
    if (!this.showMe?.came(row) && this.panes && mine && (label || !this.chosen && !this.steps?.number)) {
      this.follow(row.id);
    }
  }

  // follow opens the last of the exchanges that come together, unless the reader
  // has asked for another one. The focus stays where it is: the reader may press
  // the same button again.
  follow(id) {
    clearTimeout(this.following);
    this.following = setTimeout(() => this.isOpen() && !this.showMe?.wanted && this.open(id, "", false), 100);
  }

  // clear empties the time line in all tabs.
  clear() {
    this.empty();
    this.say?.("clear");
  }

  empty() {
    this.timeline?.clear();
    this.tell(this.words.cleared);
  }

  // open shows an exchange in the pane, all of it or one step, and moves the
  // focus there unless focus is false.
  async open(id, step = "", focus = true) {
    clearTimeout(this.following);
    this.chosen = Boolean(step);
    const back = document.createElement("button");
    back.type = "button";
    back.className = "tool list-button";
    back.dataset.do = "list";
    back.textContent = `← ${this.root.querySelector("nav.timeline-pane").getAttribute("aria-label")}`;
    try {
      const prepare = (part) => part.prepend(back);
      if (!await replacePart(this.pane, `${addressOf(id)}?part=1`, "body", { prepare })) {
        return; // another has been opened since
      }
    } catch (error) {
      this.tell(error instanceof TypeError ? this.words.failed : this.words.gone, true);
      return;
    }
    this.steps?.play(false);
    this.panes.classList.add("opened");
    this.pane.scrollTop = 0;
    this.timeline.mark(id);
    this.steps = new Steps(this.pane.querySelector(".exchange"), this.words, () => this.tour.did("step"));
    if (step) {
      this.steps.goTo(step);
    } else if (focus) {
      this.pane.focus({ preventScroll: true });
    }
  }

  project(on) {
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
        this.root.querySelector(".timeline a[aria-current]")?.focus();
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
    if (event.key === "p" && this.isOpen()) {
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

for (const root of document.querySelectorAll("[data-stage]")) {
  new Stage(root);
}
