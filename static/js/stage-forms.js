// What the stage's forms do without leaving the page: hold the next request,
// let a held one go, send again, clear. Without a script they are plain forms.
"use strict";

Object.assign(Stage.prototype, {
  async submit(event) {
    const form = event.target.closest("form[data-form]");
    if (!form) {
      return;
    }
    event.preventDefault();
    // Not form.action: that is a button of this name, where there is one.
    const data = new URLSearchParams(new FormData(form, event.submitter));
    const response = await fetch(form.getAttribute("action"), { method: "POST", body: data, headers: { Accept: "application/json" } }).catch(() => null);
    const answer = await response?.json().catch(() => ({}));
    if (!response?.ok) {
      this.tell(answer?.error ?? this.words.failed, true);
      return;
    }
    this[form.dataset.form](form, answer);
  },

  hold(form, answer) {
    this.arm(answer.armed);
  },

  arm(armed) {
    for (const button of this.root.querySelectorAll('[data-form="hold"] button')) {
      button.value = armed ? "0" : "1";
      button.setAttribute("aria-pressed", armed);
    }
    this.tell(armed ? this.words.holding : "");
  },

  // waits shows a request that is held, until it goes on: released by the
  // visitor, in this tab or another, or by the clock.
  async waits(id) {
    this.arm(false);
    this.toggle(true);
    const response = await fetch(`/stage/held/${id}/?part=1`, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!response?.ok) {
      return; // gone on already
    }
    const part = new DOMParser().parseFromString(await response.text(), "text/html");
    const form = document.importNode(part.querySelector("form.held"), true);
    const place = this.root.querySelector(".held-place");
    place.querySelector(`[data-held="${id}"]`)?.remove();
    place.append(form);
    form.querySelector("textarea").focus();
    const left = form.querySelector(".held-left");
    const end = new Date(left.dataset.until);
    const tick = setInterval(() => {
      const seconds = Math.ceil((end - Date.now()) / 1000);
      left.textContent = this.words.seconds.replace("{n}", Math.max(0, seconds));
      if (seconds <= 0 || !form.isConnected) {
        clearInterval(tick);
        form.remove();
      }
    }, 500);
  },

  goesOn(id) {
    this.root.querySelector(`[data-held="${id}"]`)?.remove();
  },

  held(form) {
    form.remove();
  },

  clear() {
    this.empty();
    this.say?.("clear");
  },

  send(form, answer) {
    if (this.panes) {
      this.open(answer.id);
    } else {
      location.assign(`/stage/exchange/${answer.id}/`);
    }
  },
});

for (const root of document.querySelectorAll("[data-stage]")) {
  new Stage(root);
}
