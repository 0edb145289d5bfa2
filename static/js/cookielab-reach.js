// Before an experiment starts: which of the places that it may need lead to this
// lab? A form with data-try gets their names in its field "reach"; everything with
// data-place gets data-reached.
const { places, lab } = document.querySelector("[data-places]").dataset;
const patience = 2000; // ms; a name that leads nowhere may take very long to say so

const leadsHere = async (address) => {
  const response = await fetch(address, { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(patience) }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  return answer?.lab === lab;
};

// reached resolves to the names of the places that do.
export const reached = Promise.all(
  Object.entries(JSON.parse(places)).map(async ([place, address]) => [place, await leadsHere(address)]),
).then((all) => {
  const found = all.filter(([, here]) => here).map(([place]) => place);
  for (const element of document.querySelectorAll("[data-place]")) {
    element.dataset.reached = found.includes(element.dataset.place);
  }
  for (const form of document.querySelectorAll("form[data-needs]")) {
    const cannot = form.dataset.needs.split(" ").some((place) => place && !found.includes(place));
    form.querySelector("button").disabled = cannot;
    form.querySelector(".cannot").hidden = !cannot;
  }
  return found;
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-try]");
  if (!form || form.elements.reach.value) {
    return;
  }
  event.preventDefault();
  form.elements.reach.value = (await reached).join(" ") || "none";
  setTimeout(() => form.requestSubmit(event.submitter)); // not from within the event: that is ignored
});
