// What every page does in the browser. All pages work without it, too.
import { localTimes } from "./times.js";

localTimes(document);

// Errors of a form are the first thing to be read.
document.querySelector(".summary")?.focus();
