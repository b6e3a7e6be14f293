// A form that was sent a moment ago is not sent a second time by an impatient double click.

const PATIENCE = 4000;

export function sendOnce(root) {
  const sent = new WeakMap();
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    const now = event.timeStamp;
    const same = sent.get(form);
    if (same && same.by === event.submitter && now - same.at < PATIENCE) {
      event.preventDefault();
      return;
    }
    sent.set(form, { by: event.submitter, at: now });
  });
  // A page that comes back from the back button's cache starts afresh.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) root.querySelectorAll("form").forEach((form) => sent.delete(form));
  });
}
