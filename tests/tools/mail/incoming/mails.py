"""Mails as servers and people send them back, written by hand for tests."""


def report(*blocks: str, words: str = "The mail could not be delivered.", returned: str = "") -> bytes:
    """A delivery report of RFC 3464 with these blocks of fields; `returned` is the mail that came back."""
    fields = "\r\n\r\n".join(["Reporting-MTA: dns; mx.example.net", *blocks])
    last = f"--b\r\nContent-Type: message/rfc822\r\n\r\n{returned}\r\n" if returned else ""
    return (
        "From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\n{words}\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{fields}\r\n{last}--b--\r\n"
    ).encode()


def block(
    recipient: str = "amara@example.org", *, action: str = "failed", status: str = "5.1.1", said: str = ""
) -> str:
    """The fields about one recipient."""
    lines = [f"Final-Recipient: rfc822; {recipient}", f"Action: {action}", f"Status: {status}"]
    return "\r\n".join([*lines, *([f"Diagnostic-Code: smtp; {said}"] if said else [])])


def complaint(kind: str = "abuse", *fields: str, to: str = "amara@example.org") -> bytes:
    """A report of RFC 5965."""
    told = "\r\n".join([f"Feedback-Type: {kind}", "User-Agent: mx/1", "Version: 1", *fields])
    return (
        "From: feedback@mx.example.net\r\nSubject: Complaint\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="c"\r\n\r\n'
        "--c\r\nContent-Type: text/plain\r\n\r\nA reader complained.\r\n"
        f"--c\r\nContent-Type: message/feedback-report\r\n\r\n{told}\r\n"
        f"--c\r\nContent-Type: message/rfc822\r\n\r\nTo: {to}\r\nMessage-ID: <ours@example.org>\r\n\r\nHi\r\n--c--\r\n"
    ).encode()


def plain(words: str, *headers: str, sender: str = "Amara <amara@example.org>", subject: str = "Re: News") -> bytes:
    """A plain mail."""
    more = "".join(f"{header}\r\n" for header in headers)
    return f"From: {sender}\r\nSubject: {subject}\r\n{more}\r\n{words}\r\n".encode()
