"""Machines of a drill: network namespaces, each with a host name and processes of its own; their lines can be cut.

Linux and root are needed, with `ip` and `unshare`. All hang on one switch, on which this machine has an address, too.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.drilling import entries

NEEDED = ("ip", "unshare", "sh", "hostname")


class NotHere(Exception):
    """No machines can be made here; the text says what is missing."""


class Machine:
    """A machine on the switch."""

    def __init__(self, name: str, port: str, address: str) -> None:
        self.name, self.address = name, address
        self._port = port

    def start(self, words: Sequence[str], environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
        """Run `python -m WORDS` there, as the first process of that machine."""
        inside = ["unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child"]
        named = ["sh", "-c", 'hostname "$0" && exec "$@"', self.name, sys.executable, "-m", *words]
        with log.open("ab") as file:
            return subprocess.Popen(
                ["ip", "netns", "exec", self.name, *inside, *named],
                env=environment,
                cwd=entries.ROOT,
                stdout=file,
                stderr=file,
                preexec_fn=entries.die_with_parent,
            )

    def cut(self) -> None:
        """Pull its plug: whatever it says is lost, and nobody is told."""
        _ip("link", "set", self._port, "down")

    def mend(self) -> None:
        """Plug it in again."""
        _ip("link", "set", self._port, "up")


class Switch:
    """A switch with this machine at `address` and the others in `machines`."""

    def __init__(self, count: int) -> None:
        self._name = f"dr{os.getpid() % 100_000}"
        self.net = f"198.{18 + os.getpid() // 256 % 2}.{os.getpid() % 256}"  # Kept for measuring (RFC 2544).
        self.address = f"{self.net}.1"
        self.machines = [
            Machine(f"{self._name}-{slot}", f"{self._name}p{slot}", f"{self.net}.{slot + 2}") for slot in range(count)
        ]

    def build(self) -> None:
        """Make the switch and plug everything in."""
        _ip("link", "add", self._name, "type", "bridge")
        _ip("addr", "add", f"{self.address}/24", "dev", self._name)
        _ip("link", "set", self._name, "up")
        for slot, machine in enumerate(self.machines):
            port = f"{self._name}p{slot}"
            _ip("netns", "add", machine.name)
            _ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", machine.name)
            _ip("-n", machine.name, "addr", "add", f"{machine.address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _ip("-n", machine.name, "link", "set", device, "up")
            _ip("link", "set", port, "master", self._name, "up")

    def take_apart(self) -> None:
        """Remove all of it."""
        for machine in self.machines:
            with contextlib.suppress(NotHere):
                _ip("netns", "del", machine.name)
        with contextlib.suppress(NotHere):
            _ip("link", "del", self._name)


@contextlib.contextmanager
def switch(count: int) -> Iterator[Switch]:
    """Build a switch with so many machines; raise `NotHere` where that cannot be."""
    if missing := [word for word in NEEDED if shutil.which(word) is None]:
        raise NotHere(f"missing: {', '.join(missing)} (Debian: iproute2, util-linux, hostname)")
    if os.geteuid() != 0:
        raise NotHere("only root can make network namespaces")
    made = Switch(count)
    try:
        made.build()
        yield made
    finally:
        made.take_apart()


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere(f"`ip {' '.join(words)}` says: {done.stderr.strip()}")
