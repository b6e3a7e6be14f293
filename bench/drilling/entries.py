"""What the processes of a drill run. They are forked from a warm parent, as starting Python anew takes seconds."""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import alembic.script  # noqa: F401 - imported for the children

from bench import broken
from bench.drilling import sink
from portal import desk, public, worker  # noqa: F401
from portal.cli import group

ROOT = Path(__file__).parent.parent.parent
_PARENT_DEATH_SIGNAL = 1


def start(words: list[str], environment: dict[str, str], log: Path, *, cold: bool) -> ForkServerProcess:
    """Run `python -m WORDS` as a process of its own; `cold` starts Python anew, as an installation does."""
    process = _parent.Process(target=_run, args=(words, environment, str(log), cold))
    process.start()
    return process


def _run(words: list[str], environment: dict[str, str], log: str, cold: bool) -> None:
    die_with_parent()
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    if cold:
        os.execve(sys.executable, [sys.executable, "-m", *words], environment)
    module, *rest = words
    sys.argv = [module, *rest]
    if module == "portal":
        group(rest, prog_name="portal")
    else:
        {"bench.broken": broken.main, "bench.drilling.sink": sink.main}[module]()


def die_with_parent() -> None:
    """Leave nothing behind where the drill itself is killed (Linux; elsewhere it is left behind)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _warm_parent() -> multiprocessing.context.ForkServerContext:
    os.environ["PYTHONPATH"] = str(ROOT)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "bench.portal_data", "bench.record", "bench.drilling.books"])
    return context


_parent = _warm_parent()
