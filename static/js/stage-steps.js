// Going through an exchange, step by step: by buttons, by arrow keys, slowly by
// itself. What a step says is read out, too.
const slowly = 4500; // milliseconds a step

export class Steps {
  // section is an exchange; words are the stage's texts.
  constructor(section, words, onStep) {
    this.section = section;
    this.words = words;
    this.onStep = onStep;
    this.steps = [...section.querySelectorAll(".step")];
    this.number = 0; // all at once
    this.timer = 0;
    section.querySelector(".exchange-controls").hidden = false;
    section.querySelector(".lane-tabs").hidden = false;
    section.addEventListener("click", (event) => this.click(event));
    section.addEventListener("transitionend", (event) => event.target.matches(".thread") && this.reveal());
    section.addEventListener("pointerover", (event) => this.light(event.target));
    section.addEventListener("pointerleave", () => this.light(null));
    this.showLane("browser");
    this.update();
  }

  do(name) {
    switch (name) {
      case "next":
        this.go(Math.min(this.number + 1, this.steps.length));
        break;
      case "previous":
        this.go(Math.max(this.number - 1, 1));
        break;
      case "overview":
        this.go(0);
        break;
      case "play":
        this.play(!this.timer);
        return;
    }
    this.play(false);
  }

  // key does what a key is for while an exchange is open, and reports whether it is for anything.
  key(key) {
    const names = { ArrowRight: "next", ArrowLeft: "previous" };
    if (names[key]) {
      this.do(names[key]);
    } else if (key === "Home" || key === "End") {
      this.play(false);
      this.go(key === "Home" ? 1 : this.steps.length);
    } else {
      return false;
    }
    return true;
  }

  play(on) {
    clearInterval(this.timer);
    this.timer = 0;
    if (on) {
      this.go(this.number >= this.steps.length ? 1 : this.number + 1);
      this.timer = setInterval(() => {
        if (this.number >= this.steps.length || !this.section.isConnected) {
          this.play(false);
        } else {
          this.go(this.number + 1);
        }
      }, slowly);
    }
    this.update();
  }

  // goTo opens the first step of a kind, or of a title such as "INSERT
  // online_member", and puts the focus there.
  goTo(name) {
    const step = this.steps.find((each) => each.dataset.step === name || each.querySelector("h3 > :last-child").textContent === name);
    if (step) {
      this.go(Number(step.dataset.number));
      step.focus({ preventScroll: true });
    }
  }

  go(number) {
    this.number = number;
    const current = this.steps[number - 1];
    for (const step of this.steps) {
      const at = Number(step.dataset.number);
      step.classList.toggle("current", at === number);
      step.classList.toggle("ahead", number > 0 && at > number);
      step.toggleAttribute("aria-current", false);
    }
    this.section.classList.toggle("stepping", number > 0);
    if (current) {
      current.setAttribute("aria-current", "step");
      const lane = current.closest(".station").dataset.lane;
      this.section.dataset.lane = lane;
      this.showLane(lane);
      this.section.querySelector("[data-live]").textContent =
        `${this.position()}. ${[".step-lane", "h3 > :last-child", ".step-says"].map((part) => current.querySelector(part).textContent).join(". ")}`;
    } else {
      delete this.section.dataset.lane;
    }
    this.update();
    this.reveal();
    this.onStep?.(number);
  }

  // reveal brings the open step into sight, below what stays at the top.
  reveal() {
    this.section.style.setProperty("--top", `${this.section.querySelector(".exchange-top").offsetHeight}px`);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.steps[this.number - 1]?.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
  }

  position() {
    return this.words.position.replace("{n}", this.number).replace("{m}", this.steps.length);
  }

  update() {
    const control = (name) => this.section.querySelector(`[data-do="${name}"]`);
    // Not disabled: that would lose the focus of who has just pressed it.
    control("previous").setAttribute("aria-disabled", this.number <= 1);
    control("next").setAttribute("aria-disabled", this.number >= this.steps.length);
    control("play").textContent = this.timer ? this.words.pause : this.words.play;
    control("overview").setAttribute("aria-pressed", this.number === 0);
    this.section.querySelector(".exchange-position").textContent = this.number ? this.position() : "";
  }

  // showLane is for narrow screens, which have room for one.
  showLane(lane) {
    for (const station of this.section.querySelectorAll(".station")) {
      station.classList.toggle("shown", station.dataset.lane === lane);
    }
    for (const tab of this.section.querySelectorAll(".lane-tabs button")) {
      tab.setAttribute("aria-pressed", tab.dataset.lane === lane);
    }
  }

  click(event) {
    const button = event.target.closest("[data-do], .lane-tabs button");
    if (button?.dataset.do) {
      this.do(button.dataset.do);
    } else if (button) {
      this.showLane(button.dataset.lane);
    } else if (!getSelection().toString()) {
      const head = event.target.closest(".step-head");
      if (head) {
        this.play(false);
        this.go(Number(head.parentElement.dataset.number));
      }
    }
  }

  // light marks a cookie in the jar and in the header that carries it.
  light(target) {
    const pair = target?.closest("[data-pair]")?.dataset.pair;
    for (const each of this.section.querySelectorAll("[data-pair]")) {
      each.classList.toggle("pair-lit", each.dataset.pair === pair);
    }
  }
}
