// Comforts for writing: the preview follows the text, Ctrl+S saves, unsaved words ask before they are left behind.

const words = document.querySelector("form[data-writing]");
if (words) {
  const refresh = document.querySelector("button[data-refresh]");
  const before = snapshot();
  let saving = false;

  words.addEventListener("change", () => refresh?.click());
  for (const chooser of document.querySelectorAll("select[form=words]")) {
    chooser.addEventListener("change", () => refresh?.click());
  }
  words.addEventListener("submit", (event) => { saving = event.submitter !== refresh; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    words.requestSubmit();
  });
  window.addEventListener("beforeunload", (event) => {
    if (!saving && snapshot() !== before) event.preventDefault();
  });
}

function snapshot() {
  const typed = words.querySelectorAll("input:not([type=hidden]), textarea");
  return JSON.stringify([...typed].map((field) => field.value));
}

const zone = document.querySelector("select[data-guess-zone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && [...zone.options].some((option) => option.value === here)) zone.value = here;
