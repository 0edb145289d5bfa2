// The console without leaving the page: what was typed and the focus stay where they are.
import { localTimes } from "./times.js";

const input = document.querySelector("#line");
const result = document.querySelector("#result");

const show = (page) => {
  if (!page.querySelector("#result")) { // the lab's page for an error
    throw new Error(page.querySelector(".lead")?.textContent);
  }
  localTimes(page);
  for (const part of ["#result", ".console-now", ".console-history"]) {
    document.querySelector(part).replaceChildren(...page.querySelector(part).childNodes);
  }
  const error = document.querySelector("#line-error");
  input.toggleAttribute("aria-invalid", error !== null);
  input.setAttribute("aria-describedby", error ? "line-error line-hint" : "line-hint");
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const { submitter } = event;
  if (new URL(form.action).pathname !== "/session/console/" || form.method !== "post") {
    return;
  }
  event.preventDefault();
  if (document.body.hasAttribute("aria-busy")) {
    return; // one operation at a time
  }
  const fields = new URLSearchParams(new FormData(form));
  if (submitter?.name) {
    fields.append(submitter.name, submitter.value);
  }
  document.body.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "text/html" } });
    show(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch (error) {
    result.querySelector("[role=status]").textContent = (error.constructor === Error && error.message) || result.dataset.failed;
  } finally {
    document.body.removeAttribute("aria-busy");
  }
  if (form.matches(".console-offer")) {
    input.value = submitter.value;
  }
  if (form.matches(".console-op")) {
    result.scrollIntoView({ block: "nearest" });
  } else if (!form.isConnected || form.matches(".console-line")) {
    const again = submitter?.value && document.querySelector(`button[name="do"][value="${submitter.value}"]`);
    (form.matches(".console-tools form") && again || input).focus({ preventScroll: true });
  }
});
