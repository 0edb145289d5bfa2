// The tour of the stage, for the first time that somebody meets it.
import { recall, remember } from "./storage.js";

// Tour shows one bubble after the other, each until the student did what it
// asks for. It comes once.
export class Tour {
  constructor(element) {
    this.element = element;
    this.at = recall("localStorage", "stage.tour") ?? "open";
    this.show();
  }

  show() {
    this.element.hidden = true;
    for (const step of this.element.querySelectorAll(".tour-step")) {
      step.hidden = step.dataset.until !== this.at;
      this.element.hidden &&= step.hidden;
    }
  }

  did(what) {
    const steps = [...this.element.querySelectorAll(".tour-step")].map((step) => step.dataset.until);
    if (this.at === what) {
      this.set(steps[steps.indexOf(what) + 1] ?? "done");
    }
  }

  end() {
    this.set("done");
  }

  set(at) {
    this.at = at;
    remember("localStorage", "stage.tour", at);
    this.show();
  }
}
