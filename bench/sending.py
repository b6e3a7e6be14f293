"""How fast a newsletter leaves, beside the floor and beside others, on the same sink in one alternating run.

`python -m bench.sending --members 20000 --rounds 3` needs Debian's `postfix` for smtp-sink and smtp-source.
"""

import argparse
import json
import statistics
import subprocess
import time
from typing import Any

from bench import record, senders
from bench.sinks import smtp_sink

CONTESTANTS = ("smtp-source", "portal", "portal-ed25519", "flask-mail", "django-newsletter")
SLOW = {"flask-mail": 10, "django-newsletter": 20}
"""Those that take long send this many times fewer mails; the figure is mails a second in any case."""
SIZE = 24_000
SESSIONS = (1, 4, 16)
LINES = ((1, 1), (1, 2), (2, 1), (2, 2))
"""Workers and connections of each. The best of these counts, for the floor and for us."""


def main() -> None:
    """Run the rounds, print the ratios, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--name", default="sending")
    asked = parser.parse_args()
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in asked.only}
    for turn in range(asked.rounds):
        for name in asked.only:
            run = _run(name, max(100, asked.members // SLOW.get(name, 1)))
            runs[name].append(run)
            print(f"round {turn + 1}  {name:18} {run['per_second']:9.0f} mails/s  {run}", flush=True)
    figures = {"members": asked.members, "runs": runs, "ratios": _ratios(runs)}
    print(json.dumps(figures["ratios"], indent=2))
    print(record.write(asked.name, figures))


def _ratios(runs: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    speed = {name: statistics.median(run["per_second"] for run in done) for name, done in runs.items() if done}
    pairs = (
        ("portal", "smtp-source"),
        ("portal-ed25519", "portal"),
        ("portal", "flask-mail"),
        ("portal", "django-newsletter"),
    )
    return {
        f"{ours} / {theirs}": round(speed[ours] / speed[theirs], 3)
        for ours, theirs in pairs
        if {ours, theirs} <= {*speed}
    }


def _run(name: str, mails: int) -> dict[str, Any]:
    with smtp_sink() as port:
        if name == "smtp-source":
            return _floor(port, mails)
        if not name.startswith("portal"):
            return senders.run(name, mails, port)
        runs = [
            senders.run(name, mails, port, "--workers", str(workers), "--connections", str(lines))
            for workers, lines in LINES
        ]
        return max(runs, key=lambda run: float(run["per_second"]))


def _floor(port: int, mails: int) -> dict[str, Any]:
    """The best of a few numbers of sessions: nothing is made or recorded, bytes are only sent."""
    best: dict[str, Any] = {"per_second": 0.0}
    for sessions in SESSIONS:
        begun = time.perf_counter()
        words = ["smtp-source", "-s", str(sessions), "-l", str(SIZE), "-m", str(mails)]
        words += ["-f", "a@example.org", "-t", "b@example.org", f"127.0.0.1:{port}"]
        subprocess.run(words, check=True)
        speed = mails / (time.perf_counter() - begun)
        if speed > best["per_second"]:
            best = {"per_second": speed, "sessions": sessions, "mails": mails}
    return best


if __name__ == "__main__":
    main()
