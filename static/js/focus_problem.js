// After a form came back with a problem, the summary takes the focus, so that it is read first.

export function focusProblem(root) {
  root.querySelector("[data-focus]")?.focus({ preventScroll: false });
}
