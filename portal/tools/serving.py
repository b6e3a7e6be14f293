"""Serving the pages with waitress, and the plain words for an address that cannot be listened on."""

import errno
import logging
import socket

from flask import Flask

DEFAULT_HOST, DEFAULT_PORT, THREADS = "127.0.0.1", 8000, 8


class CannotListen(Exception):
    """The address is taken or not ours to use; the message says what to do."""


def serve(app: Flask, *, host: str, port: int) -> None:
    """Serve until interrupted."""
    from waitress import serve as run

    logging.getLogger("waitress").setLevel(logging.ERROR)
    run(app, host=host, port=port, threads=THREADS, ident=None, channel_timeout=60)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise `CannotListen` when the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotListen(_why(error, host, port)) from error


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Stop it, or choose another port: --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"This account may not listen on port {port}. Choose one above 1023: --port 8000"
    return f"Evergreen cannot listen on {host} port {port} ({error.strerror}). Choose another --host or --port."
