// One button holds the next count: it opens the stage, arms it, and counts.
// The stage then shows the request that waits.
const stage = document.querySelector("#stage");
const form = document.querySelector("[data-hold]");
const hold = stage.querySelector('[data-form="hold"] button');

// until waits for a change of the stage's attributes that makes a condition true.
const until = (condition) => new Promise((resolve, reject) => {
  const observer = new MutationObserver(check);
  const late = setTimeout(() => end(reject), 10000);
  const end = (settle) => {
    observer.disconnect();
    clearTimeout(late);
    settle();
  };
  function check() {
    if (condition()) {
      end(resolve);
    }
  }
  observer.observe(stage, { attributes: true, subtree: true });
  check();
});

const armed = () => hold.getAttribute("aria-pressed") === "true";

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = form.querySelector("[role=status]");
  said.textContent = "";
  try {
    if (!stage.classList.contains("open")) {
      stage.querySelector('[data-do="toggle"]').click();
    }
    await until(() => stage.classList.contains("live"));
    if (!armed()) {
      hold.click();
      await until(armed);
    }
    document.querySelector("#count").click();
    document.querySelector("#num").scrollIntoView({ block: "nearest" }); // above the stage
  } catch {
    said.textContent = form.dataset.failed;
  }
});
