// A link to a card, such as #card-path, opens it: browsers open by themselves only
// what is around the target.
const open = () => {
  const card = document.getElementById(location.hash.slice(1));
  if (card?.matches(".card")) {
    card.open = true;
  }
};
addEventListener("hashchange", open);
open();
