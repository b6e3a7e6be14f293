"""Mail servers that only listen: Debian's smtp-sink, near or at the end of a long line."""

import asyncio
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

CHUNK = 65_536


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Run smtp-sink on a free port of this machine and give that port."""
    for needed in ("smtp-sink", "smtp-source"):
        if shutil.which(needed) is None:
            raise SystemExit(f"{needed} is missing: apt install postfix, and have /usr/sbin in PATH")
    port = free_port()
    sink = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "1024"])
    try:
        _await(port)
        yield port
    finally:
        sink.kill()
        sink.wait()


@contextmanager
def far_away(port: int, *, round_trip: float) -> Iterator[int]:
    """Give a port that leads to `port` over a line with this round trip in seconds: bytes come late, none waits."""
    mine, loop = free_port(), asyncio.new_event_loop()
    line = threading.Thread(target=_serve, args=(loop, mine, port, round_trip / 2), daemon=True)
    line.start()
    try:
        _await(mine)
        yield mine
    finally:
        loop.call_soon_threadsafe(loop.stop)
        line.join(timeout=5)


def _serve(loop: asyncio.AbstractEventLoop, mine: int, port: int, delay: float) -> None:
    async def open_line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_carry(reader, back, delay), _carry(there, writer, delay))

    loop.run_until_complete(asyncio.start_server(open_line, "127.0.0.1", mine))
    loop.run_forever()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Write what is read, each piece `delay` seconds after it came."""
    road: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    loading = asyncio.create_task(_load(reader, road))
    while piece := await road.get():
        due, data = piece
        await asyncio.sleep(due + delay - time.monotonic())
        if not data:
            break
        writer.write(data)
        await writer.drain()
    await loading
    writer.close()


async def _load(reader: asyncio.StreamReader, road: asyncio.Queue[tuple[float, bytes]]) -> None:
    data = b"..."
    while data:
        try:
            data = await reader.read(CHUNK)
        except ConnectionError:
            data = b""
        await road.put((time.monotonic(), data))


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the sink did not start")
