// The page about names and sites: a picture that follows the choice, the wait of
// two minutes, and the requests that the reader makes by hand. Without this script
// the picture is a form, and nothing can be run.
import { reached } from "./cookielab-reach.js";
import { replacePart } from "./part.js";

// enliven shows the buttons that need a script.
const enliven = (root) => {
  for (const button of root.querySelectorAll("[data-copy-address], [data-open-address]")) {
    button.hidden = button.matches("[data-copy-address]") && !navigator.clipboard;
  }
};
enliven(document);

// renew takes over a part of the page as it is now. Without an answer the part stays as it was.
const renew = (address, name) => {
  const part = `[data-renew="${name}"]`;
  return replacePart(document.querySelector(part), address, part, { prepare: enliven }).catch(() => {});
};

const form = document.querySelector("[data-pair]");
form.querySelector("button").hidden = true;
form.addEventListener("change", () => {
  const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
  history.replaceState(null, "", `${address}#picture`);
  renew(address, "pair");
});

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
let looking = false;
const look = async () => {
  if (document.querySelector("[data-address], [data-open-address]") && !document.hidden && !looking && looks++ < often) {
    looking = true;
    await renew(location.href, "table");
    looking = false;
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
reached.then((places) => {
  for (const note of document.querySelectorAll(".next-best")) {
    note.hidden = places.includes(note.dataset.place);
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
