// The clock of a cookie that lives for ten seconds. It runs here: no server sees
// a cookie end.
import { explain } from "./ask.js";
import { replacePart } from "./part.js";

const form = document.querySelector(".demo form");
const clock = document.querySelector("[role=timer]");
let ticking = 0;

// show brings what the browser sent up to date, perhaps after a change.
const show = (options) => replacePart(document.querySelector(".demo .facts"), location.pathname, ".demo .facts", options);

const tick = (end) => {
  const left = Math.ceil((end - Date.now()) / 1000);
  clock.textContent = left > 0 ? clock.dataset.left.replace("{n}", left) : clock.dataset.over;
  if (left <= 0) {
    clearInterval(ticking);
    show().catch(() => {}); // the button asks, too
  }
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { value } = event.submitter;
  try {
    await show(value ? { method: "POST", body: new URLSearchParams({ do: value }) } : {});
  } catch (error) {
    clock.textContent = explain(error, clock.dataset.failed);
    return;
  }
  if (value === "set") {
    clearInterval(ticking);
    const end = Date.now() + 10000;
    ticking = setInterval(tick, 250, end);
    tick(end);
  }
});
