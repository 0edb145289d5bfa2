// The page about names and sites: a picture that follows the choice, the wait of
// two minutes, and the requests that the reader makes by hand. Without this script
// the picture is a form, and nothing can be run.
"use strict";

{
  const before = new Map();

  // renew takes over parts of the page as they are now, by their name.
  const renew = async (address, ...names) => {
    const response = await fetch(address, { cache: "no-store", headers: { Accept: "text/html" } }).catch(() => null);
    if (!response?.ok) {
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (new URL(address, location).search !== location.search) {
      return; // the reader has chosen another pair since, whose answer may have come before this one
    }
    for (const name of names) {
      const here = document.querySelector(`[data-renew="${name}"]`);
      const there = page.querySelector(`[data-renew="${name}"]`);
      if (!here || !there || before.get(name) === there.innerHTML) {
        continue;
      }
      before.set(name, there.innerHTML);
      const row = document.activeElement.closest("tr"); // its button goes when the request came
      here.replaceChildren(...there.childNodes);
      document.getElementById(row?.id)?.querySelector("button:not([hidden]), a")?.focus();
    }
    enliven();
  };

  const form = document.querySelector("[data-pair]");
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => {
    const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
    history.replaceState(null, "", `${address}#picture`);
    renew(address, "pair");
  });

  // enliven shows the buttons that need a script.
  const enliven = () => {
    for (const button of document.querySelectorAll("[data-copy-address], [data-open-address]")) {
      button.hidden = button.matches("[data-copy-address]") && !navigator.clipboard;
    }
  };
  enliven();
  document.addEventListener("click", (event) => {
    const { openAddress } = event.target.dataset;
    if (openAddress) {
      window.open(openAddress, "_blank");
    } else if (event.target.matches?.("[data-copy-address]")) {
      navigator.clipboard.writeText(event.target.parentElement.querySelector("[data-address]").textContent);
    }
  });

  // While a request waits for the reader's hand, the table asks whether it came:
  // for some minutes, and whenever the reader comes back to this tab.
  const often = 60;
  let looks = 0;
  const look = () => {
    if (document.querySelector("[data-address], [data-open-address]") && !document.hidden && looks++ < often) {
      renew(location.href, "table");
    }
  };
  const lookAgain = () => {
    looks = 0;
    look();
  };
  addEventListener("focus", lookAgain);
  document.addEventListener("visibilitychange", lookAgain);
  setInterval(look, 3000);

  // What cannot be tried here is said once the names are known.
  document.addEventListener("reached", ({ detail }) => {
    for (const note of document.querySelectorAll(".next-best")) {
      note.hidden = detail.includes(note.dataset.place);
    }
  });

  // The second run comes by itself, unless the reader does not want that.
  const late = document.querySelector("[data-late]");
  if (late) {
    const { wait, now } = late.form.dataset;
    const ripe = performance.now() + Number(wait);
    const countdown = late.form.querySelector(".countdown");
    const byItself = late.form.querySelector("[data-by-itself]");
    let sent = false;
    const tick = () => {
      const left = Math.max(0, Math.ceil((ripe - performance.now()) / 1000));
      late.disabled = left > 0;
      countdown.textContent = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : now;
      if (!left && byItself.checked && !document.hidden && !sent) {
        sent = true;
        late.form.requestSubmit(late);
      }
    };
    tick();
    setInterval(tick, 250);
  }
}
