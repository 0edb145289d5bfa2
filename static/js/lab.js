// What the lab's pages do in the browser. Every page works without it, too.
"use strict";

// A counter's button asks by fetch, so that the page stays; without this
// script the form around it does the same by POST.
for (const counter of document.querySelectorAll("[data-counter]")) {
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

  const ask = async () => {
    const response = await fetch(url, { cache: "no-store", headers: { Accept: "application/json" } });
    const answer = await response.json();
    if (!response.ok) {
      say(answer.error, "error");
      return;
    }
    // Back at 1: the browser did not send what it was given.
    if (answer.res === 1 && last >= 1) {
      say(counter.dataset.refused, "error");
    } else {
      say("", "");
    }
    show(answer.res);
    tabs.postMessage(answer.res);
  };

  // Clicks take turns, in all tabs: two requests under way at once would carry
  // the same cookie, and one count would be lost. Browsers offer locks on
  // https and localhost only; elsewhere the turns hold in this tab.
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

  // What stands beside the number is of when the page was asked for: ask again.
  const facts = document.querySelector(".demo .facts");
  const renew = async () => {
    const response = await fetch(location.pathname, { cache: "no-store", headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const renewed = page.querySelector(".demo .facts");
    if (response.ok && renewed && waiting === 0) {
      facts.replaceChildren(...renewed.children);
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    waiting++;
    button.setAttribute("aria-busy", "true");
    try {
      await inTurn(ask).catch(() => say(counter.dataset.failed, "error"));
    } finally {
      if (--waiting === 0) {
        button.removeAttribute("aria-busy");
        renew().catch(() => {}); // the number is right, whatever stands beside it
      }
    }
  });
}

// Showing a password is for those whose screen nobody else sees.
for (const button of document.querySelectorAll(".show-password")) {
  const input = button.parentElement.querySelector("input");
  const texts = { true: button.dataset.hide, false: button.textContent };
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.textContent = texts[shown];
    button.setAttribute("aria-pressed", shown);
  });
}

// Times are written in the reader's own time zone.
for (const time of document.querySelectorAll("time[datetime]")) {
  time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });
}

// Errors of a form are the first thing to be read.
document.querySelector(".summary")?.focus();
