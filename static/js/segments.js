// The count follows the rules while they are filled in; without scripts, the “Count” button does it.

const form = document.querySelector("form[data-count]");
const shown = document.querySelector("#count");
const REST = 300;

if (form && shown) {
  let waiting = 0;
  let asked = null;

  form.addEventListener("input", countSoon);
  // What was changed before this ran, or brought back by the browser after a reload, is counted too.
  if ([...form.elements].some(differs)) countSoon();

  function countSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(count, REST);
  }

  async function count() {
    asked?.abort();
    asked = new AbortController();
    const answer = await fetch(form.dataset.count, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: asked.signal,
    }).catch(() => null);
    // Signed out meanwhile, or the line is down: the old count stays, and the button tells more.
    if (answer?.ok && !answer.redirected) shown.innerHTML = await answer.text();
  }
}

function differs(field) {
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.matches("input:not([type=hidden])") && field.value !== field.defaultValue;
}
