// What every page does in the browser. All pages work without it, too.
import { localTimes } from "./times.js";

localTimes(document);

// On a phone the row of a chapter's pages is longer than the screen.
const here = document.querySelector(".chapter-pages [aria-current]");
if (here) {
  here.closest("ul").scrollLeft = here.offsetLeft - 48;
}

// A browser may restore a page from its memory, as it was before a logout.
// Pages that depend on the login are asked for again.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("[data-member]")) {
    document.documentElement.hidden = true;
    location.reload();
  }
});

// Errors of a form are the first thing to be read.
document.querySelector(".summary")?.focus();
