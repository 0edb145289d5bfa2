// The visitor's exchanges as they happen. A browser opens six connections to a
// host: one stream serves all tabs. This file is a script of the page and,
// where there is one, the shared worker that keeps the stream.
"use strict";

// listenToStage keeps a stream open and posts what comes: {type: "exchange",
// row}, {type: "held" or "released", id}, and "gap", "lost" or "live" of the stream itself. It
// returns what closes it.
function listenToStage(post) {
  let source;
  let retry;
  const read = (type, make) => source.addEventListener(type, (event) => post({ type, ...make(JSON.parse(event.data)) }));
  const open = () => {
    source = new EventSource("/stage/events");
    source.addEventListener("ready", () => post({ type: "live" }));
    source.onerror = () => {
      post({ type: "lost" });
      if (source.readyState === EventSource.CLOSED) {
        retry = setTimeout(open, 2000); // refused: the browser has given up
      }
    };
    read("exchange", (e) => ({ row: stageRow(e) }));
    read("gap", () => ({}));
    read("held", ({ id }) => ({ id }));
    read("released", ({ id }) => ({ id }));
  };
  open();
  return () => {
    clearTimeout(retry);
    source.close();
  };
}

// stageRow is what the time line keeps of an exchange.
function stageRow(e) {
  return {
    id: e.id, time: e.time, method: e.method, url: e.url, status: e.status, duration: e.duration,
    again: Boolean(e.again), dropped: Boolean(e.dropped),
  };
}

const keptRows = 200;

// In the shared worker: one stream while a tab listens, and for who comes
// later what it has brought so far.
if (typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope) {
  const ports = new Set();
  let rows = [];
  let state = null;
  let close = null;
  const post = (message) => {
    if (message.type === "exchange") {
      rows = [message.row, ...rows.filter((row) => row.id !== message.row.id)].slice(0, keptRows);
    } else if (message.type === "live" || message.type === "lost") {
      state = message;
    }
    ports.forEach((port) => port.postMessage(message));
  };
  self.onconnect = ({ ports: [port] }) => {
    port.onmessage = ({ data }) => {
      if (data === "hello") {
        ports.add(port);
        rows.toReversed().forEach((row) => port.postMessage({ type: "exchange", row }));
        if (state) {
          port.postMessage(state);
        }
        close ??= listenToStage(post);
      } else if (data === "clear") {
        rows = [];
        ports.forEach((each) => each.postMessage({ type: "clear" }));
      } else if (data === "bye") {
        ports.delete(port);
        if (ports.size === 0) {
          close?.();
          close = state = null;
          rows = []; // what happens now is not seen: the stream will tell
        }
      }
    };
  };
}

// openStageFeed brings the page the exchanges of all tabs, whatever the browser
// has: a shared worker, tabs that choose a leader, or a stream of its own. It
// returns what to say: "bye" when it is no longer wanted, "clear".
function openStageFeed(workerURL, post) {
  try {
    const worker = new SharedWorker(workerURL, "stage");
    worker.port.onmessage = ({ data }) => post(data);
    worker.port.postMessage("hello");
    return (word) => worker.port.postMessage(word);
  } catch {
    // None here, or the browser refuses this site.
  }
  if (!navigator.locks || !("BroadcastChannel" in self)) {
    const close = listenToStage(post);
    return (word) => (word === "bye" ? close() : post({ type: word }));
  }
  const tabs = new BroadcastChannel("stage");
  const leaving = new AbortController();
  let rows = [];
  let state = null; // of the stream, if this tab leads
  let end;
  const keep = (message) => {
    if (message.type === "exchange") {
      rows = [message.row, ...rows].slice(0, keptRows);
    } else if (message.type === "clear") {
      rows = [];
    }
    post(message);
  };
  tabs.onmessage = ({ data }) => {
    if (data === "hello") {
      if (state) {
        rows.toReversed().forEach((row) => tabs.postMessage({ type: "exchange", row }));
        tabs.postMessage(state);
      }
    } else {
      keep(data);
    }
  };
  tabs.postMessage("hello");
  navigator.locks.request("stage", { signal: leaving.signal }, () => {
    const close = listenToStage((message) => {
      if (message.type === "live" || message.type === "lost") {
        state = message;
      }
      keep(message);
      tabs.postMessage(message);
    });
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
