"""One question to a site: a GET over https, its certificate checked, no redirect followed."""

import http.client
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from portal.tools import certificates
from portal.tools.certificates import Certificate

_MOST = 4096


class NotReached(Exception):
    """The site gave no answer that could be read; the text says what stood in the way, and the cause is kept."""


@dataclass(frozen=True)
class Answer:
    """What the site said: status, where it sends us instead, the first bytes, and its certificate."""

    status: int
    elsewhere: str
    body: bytes
    certificate: Certificate


def ask(url: str, *, timeout: float) -> Answer:
    """GET an https address, or raise `NotReached`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    line = http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=ssl.create_default_context())
    try:
        line.connect()
        assert isinstance(line.sock, ssl.SSLSocket)
        certificate = certificates.shown_on(line.sock)
        line.request("GET", _wanted(parts), headers={"User-Agent": "Evergreen", "Accept": "*/*"})
        answer = line.getresponse()
        return Answer(answer.status, answer.headers.get("Location", ""), answer.read(_MOST), certificate)
    except ssl.SSLCertVerificationError as error:
        raise NotReached(f"the certificate cannot be trusted: {error.verify_message.rstrip('.')}") from error
    except TimeoutError as error:
        raise NotReached("it did not answer in time") from error
    except socket.gaierror as error:
        raise NotReached(f"the name {host} could not be looked up") from error
    except ssl.SSLError as error:
        raise NotReached("it does not speak https") from error
    except (OSError, http.client.HTTPException) as error:
        raise NotReached(getattr(error, "strerror", None) or "it gave no answer that could be read") from error
    finally:
        line.close()


def _wanted(parts: SplitResult) -> str:
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
