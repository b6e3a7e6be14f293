// The width of a preview follows its switch by CSS alone; this remembers the choice while the tab is open.

const KEPT_AS = "preview-width";

export function sizePreviews(root) {
  for (const choice of root.querySelectorAll(".preview input[type=radio][name=width]")) {
    if (sessionStorage.getItem(KEPT_AS) === choice.value) choice.checked = true;
    choice.addEventListener("change", () => sessionStorage.setItem(KEPT_AS, choice.value));
  }
}
