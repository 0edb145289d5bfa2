// The first-use tour of the stage, and what the stage keeps in the browser.
"use strict";

// recall and remember keep what lasts in the browser, which may refuse.
const recall = (store, key) => {
  try {
    return self[store].getItem(key);
  } catch {
    return null;
  }
};
const remember = (store, key, value) => {
  try {
    if (value === null) {
      self[store].removeItem(key);
    } else {
      self[store].setItem(key, value);
    }
  } catch {
    // It lasts as long as the page, then.
  }
};

// Tour shows one bubble after the other, each until the student did what it
// asks for. It comes once.
class Tour {
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
