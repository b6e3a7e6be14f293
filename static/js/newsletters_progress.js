// While a newsletter goes out an open page asks for its figures every few seconds, more seldom while nothing changes,
// and not at all in a hidden tab. Without scripts, "Look again" does it.

import { showLocalTimes } from "./local_times.js";

const SOON = 5_000;
const SELDOM = 30_000;
const PATIENCE = 20_000;
const SILENCE = 60_000;

const said = document.querySelector("[data-said]");
let pace = SOON;
let timer = 0;
let isAsking = false;
let seen = "";
let toldAt = performance.now();

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  pace = SOON;
  if (!document.hidden) look();
});
wait();

function wait() {
  clearTimeout(timer);
  if (!document.hidden && live()) timer = setTimeout(look, pace);
}

async function look() {
  clearTimeout(timer);
  if (isAsking || !live()) return;
  isAsking = true;
  const changed = await ask().catch(() => false);
  isAsking = false;
  pace = changed ? SOON : Math.min(1.5 * pace, SELDOM);
  wait();
}

async function ask() {
  const answer = await get(live().dataset.look, seen ? { "If-None-Match": seen } : {});
  if (answer.redirected) return giveUp();
  if (!answer.ok) return false;
  const now = await answer.json();
  if (now.turn !== live().dataset.turn) return turnOver();
  const figures = document.querySelector("#figures");
  // Whoever stands on a figure reads it in peace; the next look brings the newer ones.
  if (!figures || figures.contains(document.activeElement)) return false;
  figures.innerHTML = now.figures;
  showLocalTimes(figures);
  seen = answer.headers.get("ETag");
  if (performance.now() - toldAt > SILENCE) tell(now.said);
  return true;
}

async function turnOver() {
  const answer = await get(location.href);
  if (!answer.ok || answer.redirected) return giveUp();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const stoodIn = live().contains(document.activeElement);
  for (const id of ["state", "live"]) document.getElementById(id).replaceWith(document.adoptNode(page.getElementById(id)));
  showLocalTimes(document.querySelector("#live"));
  seen = "";
  tell(document.querySelector("#state").textContent.trim());
  if (stoodIn) document.querySelector("#account-h")?.focus();
  return true;
}

function giveUp() {
  delete live().dataset.look;
  said.classList.remove("visually-hidden");
  return tell(said.dataset.lost);
}

function tell(words) {
  toldAt = performance.now();
  said.textContent = words;
}

function get(address, headers = {}) {
  return fetch(address, { headers, signal: AbortSignal.timeout(PATIENCE) });
}

function live() {
  return document.querySelector("#live[data-look]");
}
