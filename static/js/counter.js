// A counter's button asks by fetch, so that the page stays; without this script
// the form around it does the same by POST.
import { askJSON, explain } from "./ask.js";
import { replacePart } from "./part.js";

const counter = document.querySelector("[data-counter]");
const form = counter.querySelector("form");
const button = form.querySelector("button");
const value = counter.querySelector("output");
const status = counter.querySelector(".status");
const url = counter.dataset.counter;
const tabs = new BroadcastChannel("counter " + url); // the other tabs show the number, too
let last = Number(value.textContent); // what the server answered last, in any tab
let waiting = 0;

const say = (text, kind) => {
  status.textContent = text;
  status.classList.toggle("status-error", kind === "error");
};
const show = (n) => {
  last = n;
  value.textContent = n;
};
tabs.onmessage = (event) => show(event.data);

const count = async () => {
  const { res } = await askJSON(url, { cache: "no-store" });
  // Back at 1: the browser did not send what it was given.
  if (res === 1 && last >= 1) {
    say(counter.dataset.refused, "error");
  } else {
    say("", "");
  }
  show(res);
  tabs.postMessage(res);
};

// Clicks take turns, in all tabs: two requests under way at once would carry
// the same cookie, and one count would be lost. Browsers offer locks on https
// and localhost only; elsewhere the turns hold in this tab.
let turn = Promise.resolve();
const inTurn = (work) => {
  let begun = false;
  const once = () => {
    begun = true;
    return work();
  };
  const here = () => (turn = turn.catch(() => {}).then(once));
  if (!navigator.locks) {
    return here();
  }
  // A browser that refuses this site's cookies may refuse its locks, too.
  return navigator.locks.request("counter " + url, once).catch((error) => {
    if (begun) {
      throw error;
    }
    return here();
  });
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  waiting++;
  button.setAttribute("aria-busy", "true");
  try {
    await inTurn(count).catch((error) => say(explain(error, counter.dataset.failed), "error"));
  } finally {
    if (--waiting === 0) {
      button.removeAttribute("aria-busy");
      // The facts beside the number are as old as the page; ?counted asks for those of the click. Should they stay
      // so, the number is still right.
      replacePart(document.querySelector(".demo .facts"), `${location.pathname}?counted=1`, ".demo .facts").catch(() => {});
    }
  }
});
