"""How many mails a second one connection carries to a server far away: what counts there is the round trips.

`python -m bench.distance --mails 1000 --milliseconds 20` needs Debian's `postfix` for smtp-sink.
"""

import argparse
import json
import socket
import statistics
import time
from typing import Any

from bench import record, senders
from bench.sinks import far_away, smtp_sink

CONTESTANTS = {"portal": 1, "portal-ed25519": 1, "flask-mail": 4}
"""Each with how many times fewer mails it sends; the figure is mails a second in any case."""


def main() -> None:
    """Run the rounds, print mails a second and their share of the bound of one round trip a mail, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--milliseconds", type=float, default=20.0, help="the round trip")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTESTANTS}
    with smtp_sink() as near, far_away(near, round_trip=asked.milliseconds / 1000) as far:
        seen = _round_trip(far)
        for turn in range(asked.rounds):
            for name, fewer in CONTESTANTS.items():
                run = senders.run(name, asked.mails // fewer, far)
                runs[name].append(run)
                print(f"round {turn + 1}  {name:16} {run['per_second']:7.1f} mails/s", flush=True)
    median = {name: statistics.median(run["per_second"] for run in done) for name, done in runs.items()}
    figures = {"milliseconds": asked.milliseconds, "seen_milliseconds": seen, "runs": runs, "median": median}
    print(json.dumps({"seen_milliseconds": seen, "median": median}, indent=2))
    print(record.write("distance", figures))


def _round_trip(port: int) -> float:
    """Measure what the line really takes for a NOOP and its answer, in milliseconds."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.recv(1000)
        taken = []
        for _ in range(20):
            begun = time.perf_counter()
            line.sendall(b"NOOP\r\n")
            line.recv(1000)
            taken.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(taken), 2)


if __name__ == "__main__":
    main()
