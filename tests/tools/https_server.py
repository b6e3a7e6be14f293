"""A real https server on this machine that gives everybody the same answer."""

import contextlib
import http.server
import ssl
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def serving(
    tls: ssl.SSLContext | None, *, status: int = 200, body: bytes = b'{"status":"alive"}', location: str = ""
) -> Iterator[int]:
    """Run it on a free port and give the port; without `tls` it speaks http."""

    class Same(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *_words: object) -> None:
            pass

    with Quiet(("127.0.0.1", 0), Same) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
