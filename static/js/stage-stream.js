// The stream of a visitor's exchanges, as a page or its shared worker reads it.

// keptRows limits how many exchanges a time line has.
export const keptRows = 200;

// listen keeps a stream open and posts what comes: {type: "exchange", row},
// {type: "held" or "released", id}, and "gap", "lost" or "live" of the stream
// itself. It returns what closes it. The request that brought the page of a
// token is among them.
export function listen(post, page) {
  let source;
  let retry;
  const read = (type, make) => source.addEventListener(type, (event) => post({ type, ...make(JSON.parse(event.data)) }));
  const open = () => {
    source = new EventSource(`/stage/events?brief=1&page=${page}`);
    source.addEventListener("ready", () => post({ type: "live" }));
    source.onerror = () => {
      post({ type: "lost" });
      if (source.readyState === EventSource.CLOSED) {
        retry = setTimeout(open, 2000); // refused: the browser has given up
      }
    };
    read("exchange", (row) => ({ row }));
    read("gap", () => ({}));
    read("held", ({ id }) => ({ id }));
    read("released", ({ id, dropped }) => ({ id, dropped }));
  };
  open();
  return () => {
    clearTimeout(retry);
    source.close();
  };
}

// Recent keeps what the stream has brought so far, for tabs that come later.
export class Recent {
  rows = [];
  state = null; // of the stream: its last "live" or "lost"

  note(message) {
    switch (message.type) {
      case "exchange":
        this.rows = [message.row, ...this.rows.filter((row) => row.id !== message.row.id)].slice(0, keptRows);
        break;
      case "clear":
        this.rows = [];
        break;
      case "live":
      case "lost":
        this.state = message;
    }
  }

  repeat(post) {
    this.rows.toReversed().forEach((row) => post({ type: "exchange", row }));
    if (this.state) {
      post(this.state);
    }
  }
}
