// The shared worker of the stage: one stream while any tab listens. A browser
// opens no more than six connections to a host.
import { listen, Recent } from "./stage-stream.js";

const ports = new Set();
let recent = new Recent();
let close = null;

const post = (message) => {
  recent.note(message);
  ports.forEach((port) => port.postMessage(message));
};

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if ("page" in Object(data)) {
      ports.add(port);
      recent.repeat((message) => port.postMessage(message));
      close ??= listen(post, data.page);
    } else if (data === "clear") {
      post({ type: "clear" });
    } else if (data === "bye") {
      ports.delete(port);
      if (ports.size === 0) {
        close?.();
        close = null;
        recent = new Recent(); // what happens now is not seen: the stream will tell
      }
    }
  };
};
