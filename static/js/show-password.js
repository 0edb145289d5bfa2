// Showing a password is for those whose screen nobody else sees.
for (const button of document.querySelectorAll(".show-password")) {
  const input = button.parentElement.querySelector("input");
  const texts = { true: button.dataset.hide, false: button.textContent };
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.textContent = texts[shown];
    button.setAttribute("aria-pressed", shown);
  });
}
