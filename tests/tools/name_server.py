"""A real DNS server on this machine, over UDP and TCP, for whatever zone a test needs."""

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = dict[tuple[str, str], list[str]]
"""What stands in the DNS: (name, kind) to values as a zone file has them."""
UDP_ROOM = 1232


class NameServer:
    """Answers from `zone`; names in `failing` get SERVFAIL, while `silent` nobody gets anything.

    It knows the root, but for when it is `cut_off`; questions about that are not kept.
    """

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.failing: set[str] = set()
        self.silent = False
        self.cut_off = False
        self.asked: list[tuple[str, str, str]] = []
        self.port = 0

    @property
    def where(self) -> str:
        """The server as `--resolver` takes it."""
        return f"127.0.0.1:{self.port}"

    def answer(self, wire: bytes, *, over: str) -> bytes | None:
        """Return the answer to a question, None while silent."""
        question = dns.message.from_wire(wire)
        [asked] = question.question
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
        if asked.name == dns.name.root and not self.cut_off:
            return dns.message.make_response(question).to_wire()
        self.asked.append((name, kind, over))
        if self.silent:
            return None
        response = dns.message.make_response(question)
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif values := self.zone.get((name, kind)):
            response.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", kind, values))
        elif all(known != name for known, _ in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        answer = response.to_wire(max_size=65535)
        if over == "udp" and len(answer) > UDP_ROOM:
            response.answer.clear()
            response.flags |= dns.flags.TC
            return response.to_wire()
        return answer


@contextlib.contextmanager
def serving(zone: Zone) -> Iterator[NameServer]:
    """Run a server on a free port."""
    server = NameServer(zone)

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, line = self.request
            if answer := server.answer(wire, over="udp"):
                line.sendto(answer, self.client_address)

    class Stream(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = int.from_bytes(self.rfile.read(2), "big")
            if answer := server.answer(self.rfile.read(length), over="tcp"):
                self.wfile.write(len(answer).to_bytes(2, "big") + answer)

    udp, tcp = _on_one_port(Datagram, Stream)
    with udp, tcp:
        server.port = udp.server_address[1]
        _run(udp.serve_forever), _run(tcp.serve_forever)
        yield server
        udp.shutdown(), tcp.shutdown()


def _on_one_port(
    datagram: type[socketserver.BaseRequestHandler], stream: type[socketserver.BaseRequestHandler]
) -> tuple[socketserver.UDPServer, socketserver.TCPServer]:
    """Open both servers on a port that is free for both; what is free for one may be taken for the other."""
    for _ in range(50):
        udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), datagram)
        try:
            return udp, socketserver.ThreadingTCPServer(udp.server_address, stream)
        except OSError:
            udp.server_close()
    raise OSError("no port is free for both")


def text(value: str) -> str:
    """Return a TXT value as a zone file has it, in several strings where it is long."""
    return " ".join(f'"{value[n : n + 200]}"' for n in range(0, len(value), 200))


def _run(serve: Callable[..., None]) -> None:
    threading.Thread(target=serve, kwargs={"poll_interval": 0.02}, daemon=True).start()
