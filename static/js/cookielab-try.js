// Does the steps of an experiment, one after the other, in the page of whichever
// host they belong to. The server knows what comes next and notes what the browser
// sends; here nothing is decided.
import { askJSON } from "./ask.js";

const { run } = document.querySelector("[data-run]").dataset;
const progress = document.querySelector("progress");
const counted = document.querySelector("[data-counted]");
const waits = document.querySelector("[data-waits]");
const patience = 4000; // ms, for one step
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// loads waits until an element that asks for something has it, or has not.
const loads = (element, property, url) =>
  new Promise((resolve) => {
    element.addEventListener("load", () => resolve({}));
    element.addEventListener("error", () => resolve({}));
    element[property] = url;
    element.hidden = element.localName !== "link";
    (element.localName === "link" ? document.head : document.body).append(element);
  });

const make = (name, properties) => Object.assign(document.createElement(name), properties);

// sendForm lets the browser go to another page by a form. The fields of a GET are
// all of the query that is sent.
const sendForm = (method, url) => {
  const address = new URL(url);
  const form = make("form", { method, action: method === "get" ? address.origin + address.pathname : url });
  for (const [name, value] of address.searchParams) {
    form.append(make("input", { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
};

const request = async (url, credentials) => {
  const mode = new URL(url).origin === location.origin ? "same-origin" : "no-cors";
  await fetch(url, { mode, credentials, cache: "no-store" });
  return {};
};

const actions = {
  link(task) {
    const link = make("a", { href: task.url });
    document.body.append(link);
    link.click();
  },
  get: (task) => sendForm("get", task.url),
  post: (task) => sendForm("post", task.url),
  fetch: (task) => request(task.url, "include"),
  bare: (task) => request(task.url, "omit"),
  image: (task) => loads(make("img", { alt: "" }), "src", task.url),
  frame: (task) => loads(make("iframe", { title: "" }), "src", task.url),
  prefetch: (task) => loads(make("link", { rel: "prefetch" }), "href", task.url),
  async beacon(task) {
    return navigator.sendBeacon(task.url) ? {} : { trouble: "sendBeacon: false" };
  },
  async open(task) {
    const opened = window.open(task.url, "_blank");
    if (!opened) {
      return { trouble: "window.open: null" };
    }
    await pause(500);
    opened.close();
    return {};
  },
  async write(task) {
    for (const line of task.lines) {
      document.cookie = line;
    }
    return {};
  },
  read: async () => ({ text: document.cookie }),
  async store() {
    if (!window.cookieStore) {
      return { trouble: "cookieStore: undefined" };
    }
    const items = await cookieStore.getAll();
    return { text: items.map(({ name, value }) => (name ? `${name}=${value}` : value)).join("; "), items };
  },
  enabled: async () => ({ text: String(navigator.cookieEnabled) }),
  async wait(task) {
    const end = performance.now() + task.millisecond;
    for (let left = task.millisecond; left > 0; left = end - performance.now()) {
      const seconds = Math.ceil(left / 1000);
      waits.textContent = waits.dataset.waits.replace("#", `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
      await pause(Math.min(left, 250));
    }
    waits.textContent = "";
    return {};
  },
};

// perform does a task. Where the page is left for it, nothing comes after.
const perform = async (task) => {
  const travels = ["link", "get", "post"].includes(task.do);
  const late = pause(task.do === "wait" ? task.millisecond + patience : patience).then(() => ({ trouble: "timeout" }));
  const done = actions[task.do](task);
  return travels ? late : Promise.race([done.catch((error) => ({ trouble: String(error) })), late]);
};

const next = (report) =>
  askJSON("/cookie/run/next", {
    method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ run, path: location.pathname, report }),
  });

const work = async () => {
  let report = null;
  for (;;) {
    const task = await next(report);
    progress.max = task.of;
    progress.value = task.number;
    counted.textContent = counted.dataset.counted.replace("#", task.number).replace("#", task.of);
    if (task.go) {
      location.replace(task.go);
      return;
    }
    report = { step: task.step, ...(await perform(task)) };
  }
};
work().catch((error) => {
  document.querySelector("[role=status]").textContent = error.message;
});
