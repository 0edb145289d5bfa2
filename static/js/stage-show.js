// "Show me": a link of a lesson opens the step of the last such exchange or,
// where there is none, offers what makes one.
import { matches, ofAnyRun } from "./stage-timeline.js";
import { recall, remember } from "./storage.js";

export class ShowMe {
  constructor(stage) {
    this.stage = stage;
    this.wanted = wantedBefore(); // the exchange to open when it comes
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a.show-me");
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        this.show(link.dataset);
      }
    });
  }

  // show takes what the link says: a request, the step of it, and what to press
  // to make one.
  show({ show: request, step, press }) {
    this.stage.toggle(true);
    const known = this.stage.timeline.newest(request);
    if (known) {
      this.stage.open(known, step);
      return;
    }
    this.want({ request: ofAnyRun(request), step, after: this.stage.timeline.last() });
    const target = press && document.querySelector(press);
    if (target) {
      this.offer(this.stage.words.offerHere, () => {
        if (target.matches("button")) {
          target.click();
        } else {
          target.focus(); // a form: to be filled in first
        }
      });
    } else if (request === `GET ${location.pathname}`) {
      this.offer(this.stage.words.offerAgain, () => location.reload());
    } else {
      this.offer();
    }
  }

  // offer says what to do, with a button for it if it can be done on this page.
  offer(label, act) {
    const { words, pane, panes } = this.stage;
    const offer = document.createElement("div");
    offer.className = "offer";
    offer.setAttribute("role", "status");
    const text = document.createElement("p");
    text.textContent = `${words.offer} ${label ? "" : words.offerPage}`;
    offer.append(text);
    panes.classList.add("opened");
    pane.replaceChildren(offer);
    if (!label) {
      pane.focus();
      return;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = label;
    button.addEventListener("click", act);
    offer.append(button);
    button.focus();
  }

  // came opens an exchange that is new, if it is the wanted one, and reports
  // whether it is.
  came(row) {
    if (!this.wanted || row.behind || row.id <= this.wanted.after || !matches(row, this.wanted.request)) {
      return Boolean(this.wanted);
    }
    this.stage.open(row.id, this.wanted.step);
    this.wanted = null;
    // The page may be on its way to the next one, which then opens it again.
    setTimeout(() => this.wanted || this.want(null), 2000);
    return true;
  }

  // want remembers the wanted exchange also for the next page.
  want(wanted) {
    this.wanted = wanted;
    remember("sessionStorage", "stage.wanted", wanted && JSON.stringify(wanted));
  }
}

function wantedBefore() {
  try {
    return JSON.parse(recall("sessionStorage", "stage.wanted"));
  } catch {
    return null;
  }
}
