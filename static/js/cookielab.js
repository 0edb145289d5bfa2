// The cookie laboratory: fields and line change each other, and the server says
// what is to be expected while one types.
import "./cookielab-cards.js";
import { explain } from "./ask.js";
import { reached } from "./cookielab-reach.js";
import { replacePart } from "./part.js";

const form = document.querySelector(".workbench-form");
const line = form.elements.line;
const fieldset = form.querySelector("[data-attributes]");
const reading = form.querySelector("[data-reading]");
const fields = [...fieldset.querySelectorAll("[data-part]")];
const attributes = fields.map((field) => field.dataset.part).filter((part) => !["name", "value", "more"].includes(part));

// A line is its pieces; the first is the cookie, the others are attributes.
const nameOf = (piece) => piece.split("=", 1)[0].trim().toLowerCase();
const valueOf = (piece) => (piece.includes("=") ? piece.slice(piece.indexOf("=") + 1).trim() : "");
const isOf = (part) => (piece, at) => at > 0 && nameOf(piece) === part.toLowerCase();
const flags = ["Secure", "HttpOnly", "Partitioned"];

// more are the pieces that no field is for: of other names, or of one that was there before.
const moreOf = (pieces) =>
  pieces.filter((piece, at) => {
    const part = attributes.find((name) => nameOf(piece) === name.toLowerCase());
    return at > 0 && piece.trim() !== "" && (!part || pieces.findIndex(isOf(part)) !== at || !shows(part, valueOf(piece)));
  });
const shows = (part, value) => part !== "SameSite" || ["strict", "lax", "none"].includes(value.toLowerCase());

const fill = () => {
  const pieces = line.value.split(";");
  const pair = pieces[0];
  for (const field of fields) {
    const part = field.dataset.part;
    const piece = pieces.find(isOf(part));
    if (part === "name") {
      field.value = pair.includes("=") ? pair.slice(0, pair.indexOf("=")).trim() : "";
    } else if (part === "value") {
      field.value = pair.includes("=") ? valueOf(pair) : pair.trim();
    } else if (part === "more") {
      field.value = moreOf(pieces).map((more) => more.trim()).join("; ");
    } else if (flags.includes(part)) {
      field.checked = piece !== undefined;
    } else if (part === "SameSite") {
      const value = piece ? valueOf(piece).toLowerCase() : "";
      field.selectedIndex = Math.max(0, [...field.options].findIndex((option) => option.value.toLowerCase() === value));
    } else {
      field.value = piece ? valueOf(piece) : "";
    }
  }
};

// put writes a field into the line; what it does not say stays as it was typed.
const put = (field) => {
  const part = field.dataset.part;
  const pieces = line.value.split(";");
  if (part === "name" || part === "value") {
    const of = (name) => fieldset.querySelector(`[data-part="${name}"]`).value;
    pieces[0] = of("name") || of("value").includes("=") ? `${of("name")}=${of("value")}` : of("value");
  } else if (part === "more") {
    const more = moreOf(pieces);
    const kept = pieces.filter((piece, at) => at === 0 || (!more.includes(piece) && piece.trim() !== ""));
    pieces.splice(0, pieces.length, ...kept, ...(field.value.trim() ? [" " + field.value.trim()] : []));
  } else {
    const at = pieces.findIndex(isOf(part));
    const text = flags.includes(part) ? (field.checked ? ` ${part}` : "") : field.value ? ` ${part}=${field.value}` : "";
    const gone = at < 0 ? 0 : 1;
    pieces.splice(gone ? at : pieces.length, gone, ...(text ? [text] : []));
  }
  line.value = pieces.join(";");
};

let reach = "none";
const predict = async () => {
  const body = new URLSearchParams({ line: line.value, reach });
  try {
    if (await replacePart(reading, "/cookie/lab/predict", "body", { method: "POST", body })) {
      reading.removeAttribute("aria-busy");
    }
  } catch (error) {
    const problem = document.createElement("p");
    problem.className = "field-error";
    problem.textContent = explain(error, form.dataset.failed);
    reading.replaceChildren(problem);
    reading.removeAttribute("aria-busy");
  }
};

let timer;
const soon = () => {
  reading.setAttribute("aria-busy", "true");
  clearTimeout(timer);
  timer = setTimeout(predict, 150);
};

line.addEventListener("input", () => {
  fill();
  soon();
});
line.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault(); // a line has no line break
    form.requestSubmit();
  }
});
line.addEventListener("beforeinput", (event) => {
  if (event.inputType === "insertLineBreak") {
    event.preventDefault();
  }
});
fieldset.addEventListener("input", (event) => {
  put(event.target);
  soon();
});
reached.then((places) => {
  reach = places.join(" ") || "none";
  soon();
});

fill();
fieldset.hidden = false;
