// <button data-copy="id-of-a-field" data-copied="Copied" hidden>: shown only where copying works, says so when done.

const SHOWN_FOR = 2500;

export function copyOnPress(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(root.getElementById(button.dataset.copy), button));
  }
}

async function copy(source, button) {
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  const words = button.querySelector("[data-copy-words]") ?? button;
  const before = words.textContent;
  words.textContent = button.dataset.copied;
  button.setAttribute("aria-live", "polite");
  setTimeout(() => { words.textContent = before; }, SHOWN_FOR);
}
