"""A real IMAP server for tests: Debian's dovecot in a folder of its own, skipped where it is not installed."""

import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

USER, PASSWORD = "talent@northwind.example", "three/words:at@home"

_SETTINGS = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
{own}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@contextmanager
def running() -> Iterator[int]:
    """Run a server with one mailbox and give its port."""
    dovecot = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
    if dovecot is None:
        pytest.skip("no IMAP server here: apt install dovecot-imapd")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="imap-"))
    try:
        folder.chmod(0o755)
        (folder / "mail").mkdir()
        (folder / "mail").chmod(0o777)
        settings = folder / "dovecot.conf"
        settings.write_text(_SETTINGS.format(folder=folder, port=port, password=PASSWORD, **_people()))
        server = subprocess.Popen([dovecot, "-F", "-c", str(settings)])
        try:
            _await(port)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(port: int, *mails: bytes) -> None:
    """Lay mails into the mailbox, unread."""
    with imaplib.IMAP4("127.0.0.1", port) as connection:
        connection.login(USER, PASSWORD)
        for mail in mails:
            connection.append("INBOX", "", "", mail)


def _people() -> dict[str, str]:
    """Root may not own a mailbox; anybody else can only be themselves."""
    if os.getuid() == 0:
        return {"own": "", "uid": "mail", "gid": "mail"}
    me = f"default_login_user = {os.getuid()}\ndefault_internal_user = {os.getuid()}\n"
    return {"own": me, "uid": str(os.getuid()), "gid": str(os.getgid())}


def _await(port: int) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the IMAP server did not start")
