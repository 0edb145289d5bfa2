// /session/race/: the experiments as real requests of this browser. Without
// this script the forms have the server send them.
import { askJSON, explain } from "./ask.js";
import { replacePart } from "./part.js";

const post = (path, fields) => askJSON("/session/race/" + path, { method: "POST", body: new URLSearchParams(fields) });

// How each experiment is done, by a strategy. What fails counts as not sent,
// or is the very answer that is looked for: the server knows.
const experiments = {
  "": (fields, one) => Promise.allSettled(Array.from({ length: Number(fields.get("n")) }, () => post("increment", one))),
  "logout/": (_, one) => Promise.allSettled([post("logout/slow", one), post("logout/out", one)]),
};

for (const race of document.querySelectorAll(".race")) {
  const form = race.querySelector("form");
  const button = form.querySelector("[data-send]");
  const status = race.querySelector(".status");
  const result = race.querySelector(".race-result");
  const path = button.dataset.send;

  const say = (text, isError) => {
    status.textContent = text;
    status.classList.toggle("status-error", isError);
  };

  const send = async () => {
    const fields = new FormData(form);
    const { run, strategies } = await post(path + "open", fields);
    for (let strategy = 0; strategy < strategies; strategy++) {
      say(button.dataset.sending.replace("{n}", strategy + 1).replace("{m}", strategies), false);
      await experiments[path](fields, { run, strategy });
    }
    await post(path + "close", { run });
  };

  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true" || !form.reportValidity()) {
      return;
    }
    button.setAttribute("aria-busy", "true");
    say("", false);
    try {
      await send();
      await replacePart(result, location.pathname, `#${result.id}`); // the page shows what came of it
      say(button.dataset.done, false);
    } catch (error) {
      say(explain(error, button.dataset.failed), true);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}
