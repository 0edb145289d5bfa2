// What the reader pressed last on the page, for the request that follows. It
// outlives the page, since a form or a link leads to the next one.
import { recall, remember } from "./storage.js";

const soon = 5000; // milliseconds until the request must have come

export class Pressed {
  // last returns the id of the last request so far, or null while nobody listens.
  constructor(last) {
    document.addEventListener("click", (event) => {
      const target = event.target.closest?.("main button, main a");
      const after = last();
      if (target && after !== null) {
        remember("sessionStorage", "stage.pressed", JSON.stringify({ label: target.textContent.trim(), after, at: Date.now() }));
      }
    }, { capture: true });
  }

  // take returns the label of what was pressed for a request, once; otherwise "".
  take(id) {
    const pressed = JSON.parse(recall("sessionStorage", "stage.pressed"));
    if (!pressed || id <= pressed.after) {
      return "";
    }
    remember("sessionStorage", "stage.pressed", null);
    return Date.now() - pressed.at < soon ? pressed.label : "";
  }
}
