// What the stage's forms do without leaving the page: hold the next request,
// let a held one go, send again, clear. Without a script they are plain forms.
import { askJSON, explain } from "./ask.js";
import { fetchPart } from "./part.js";
import { addressOf } from "./stage-timeline.js";

export class Forms {
  constructor(stage) {
    this.stage = stage;
    // What follows, by data-form: the form and the answer.
    this.done = {
      hold: (form, { armed }) => this.arm(armed),
      held: (form) => form.remove(),
      clear: () => stage.clear(),
      send: (form, { id }) => (stage.panes ? stage.open(id) : location.assign(addressOf(id))),
    };
    stage.root.addEventListener("submit", (event) => this.submit(event));
  }

  async submit(event) {
    const form = event.target.closest("form[data-form]");
    if (!form) {
      return;
    }
    event.preventDefault();
    clearError(form);
    // Not form.action: that is a button of this name, where there is one.
    const body = new URLSearchParams(new FormData(form, event.submitter));
    let answer;
    try {
      answer = await askJSON(form.getAttribute("action"), { method: "POST", body });
    } catch (error) {
      const text = explain(error, this.stage.words.failed);
      showError(form, text) || this.stage.tell(text, true);
      return;
    }
    this.done[form.dataset.form](form, answer);
  }

  // arm shows whether the next request will be held.
  arm(armed) {
    for (const button of this.stage.root.querySelectorAll('[data-form="hold"] button')) {
      button.value = armed ? "0" : "1";
      button.setAttribute("aria-pressed", armed);
    }
    this.stage.tell(armed ? this.stage.words.holding : "");
  }

  // hold shows a request that is held, until it goes on: released by the
  // visitor, in this tab or another, or by the clock.
  async hold(id) {
    this.arm(false);
    this.stage.toggle(true);
    const form = await fetchPart(`/stage/held/${id}/?part=1`, "form.held").catch(() => null);
    if (!form) {
      return; // gone on already
    }
    this.release(id);
    this.stage.root.querySelector(".held-place").append(form);
    form.querySelector("textarea").focus();
    const left = form.querySelector(".held-left");
    const end = new Date(left.dataset.until);
    const tick = setInterval(() => {
      const seconds = Math.ceil((end - Date.now()) / 1000);
      left.textContent = this.stage.words.seconds.replace("{n}", Math.max(0, seconds));
      if (seconds <= 0 || !form.isConnected) {
        clearInterval(tick);
        form.remove();
      }
    }, 500);
  }

  // release takes away a request that is no longer held.
  release(id) {
    this.stage.root.querySelector(`[data-held="${id}"]`)?.remove();
  }
}

// showError says below a form's request line what is wrong with it, and reports
// whether it has one.
function showError(form, text) {
  const field = form.querySelector('textarea[name="head"]');
  if (!field) {
    return false;
  }
  const error = document.createElement("p");
  error.className = "field-error";
  error.id = `${field.id}-error`;
  error.textContent = text;
  field.after(error);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", error.id);
  field.focus();
  return true;
}

function clearError(form) {
  const field = form.querySelector('textarea[name="head"]');
  field?.removeAttribute("aria-invalid");
  field?.removeAttribute("aria-describedby");
  form.querySelector(".field-error")?.remove();
}
