// The visitor's exchanges, in every tab, as they happen.
import { listen, Recent } from "./stage-stream.js";

// openFeed brings the page the exchanges of all tabs, whatever the browser has:
// a shared worker, tabs that choose a leader, or a stream of its own. It returns
// what to say: "bye" when it is no longer wanted, "clear". page is the token of
// this page.
export function openFeed(post, page) {
  try {
    return shareWorker(post, page);
  } catch {
    // None here, or the browser refuses this site.
  }
  if (navigator.locks && "BroadcastChannel" in self) {
    return shareTabs(post, page);
  }
  const close = listen(post, page);
  return (word) => (word === "bye" ? close() : post({ type: word }));
}

function shareWorker(post, page) {
  const worker = new SharedWorker(new URL("./stage-worker.js", import.meta.url), { type: "module", name: "stage" });
  worker.port.onmessage = ({ data }) => post(data);
  worker.port.postMessage({ page });
  return (word) => worker.port.postMessage(word);
}

// shareTabs has one tab keep the stream and tell the others.
function shareTabs(post, page) {
  const tabs = new BroadcastChannel("stage");
  const leaving = new AbortController();
  const recent = new Recent();
  let end = null; // of this tab's leading
  const keep = (message) => {
    recent.note(message);
    post(message);
  };
  tabs.onmessage = ({ data }) => {
    if (data !== "hello") {
      keep(data);
    } else if (end) {
      recent.repeat((message) => tabs.postMessage(message));
    }
  };
  tabs.postMessage("hello");
  navigator.locks.request("stage", { signal: leaving.signal }, () => {
    const close = listen((message) => {
      keep(message);
      tabs.postMessage(message);
    }, page);
    return new Promise((resolve) => {
      end = () => {
        close();
        resolve();
      };
    });
  }).catch(() => {}); // aborted: this tab left before it led
  return (word) => {
    if (word === "bye") {
      leaving.abort();
      end?.();
      tabs.close();
    } else {
      keep({ type: word });
      tabs.postMessage({ type: word });
    }
  };
}
