"""DKIM: another program's verifier accepts every mail we sign, and none that was changed on the way."""

import base64
import hashlib
import re
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.tools.mail.dkim import (
    OVERSIGNED,
    SIGNED,
    BadKey,
    Signer,
    body_hash,
    load_key,
    make_key,
    make_signer,
    relaxed,
    sign_with,
)
from portal.tools.mail.folding import UnsafeHeader
from portal.tools.mail.message import compose
from tests.tools.mail.mails import DELIVERY, LETTER, mail
from tests.tools.mail.test_message import NAMES, SUBJECTS

KEYS = {kind: make_key(kind=kind) for kind in ("rsa", "ed25519")}
SIGNERS = [make_signer("talent.example.org", f"mail-{kind}", pem) for kind, pem in KEYS.items()]
PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
SPKI = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
WEAK = "\n".join([
    "-----BEGIN PRIVATE KEY-----",
    "MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEA0TRxEqjE6zyyMWsBz7oIMYcdW2peHx7w1MrfVanG9i4W6MS+",
    "Omwsf6XbF6q6WVcG9xyiwjhiFD/YUBmtbo3KiQIDAQABAkEAqeWD2ppy6XNuZ1G2s+MpmkdXYREeBPoUrUtgWmo5qVxFXM3Y",
    "pqwhZMkARnHGbKaxip7JkgYuDcolArQEDVqPDQIhAP0TkbUU53m5wf3SKEqf0hDNu3b1RaB4PENOYpmQpKg/AiEA058hM/tC",
    "WXx+P8DMRRFn/sAt99+N6lDxsxpxZt7RGzcCIQCRTLn8aHsZ5S/exdlCNw5JfYUjIGEQZ9fZoNh1aJlQywIgWWitFZI9qSMx",
    "D+x8IV5GStqVUVmxUuNaCurMKMNRI6cCIQCeae7Y+Yq6/zBiRoao5FbDXXGp5a9UQUnve8vnTlcn2Q==",
    "-----END PRIVATE KEY-----\n",
]).encode()  # fmt: skip
"""An RSA key of 512 bits, which nothing here makes any more."""
ROOM = Path(__file__).parent

LINES = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("\t \xe4"), max_size=90)
FOLDED = st.lists(LINES.filter(str.strip), min_size=1, max_size=3).map("\r\n ".join)
FIELDS = st.tuples(st.sampled_from([*SIGNED, "Received", "X-Spam", "FROM", "list-unsubscribe"]), FOLDED)
"""Headers of any kind, in any order, some of them more than once."""
BODIES = st.lists(LINES | st.just(""), max_size=8).map("\r\n".join)


def verifies(raw: bytes, signer: Signer) -> bool:
    records = {f"{signer.record_name}.".encode(): signer.record.encode()}
    return bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: records.get(name)))


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.algorithm)
@pytest.mark.parametrize("raw", [DELIVERY, LETTER], ids=["delivery", "letter"])
def test_a_signed_mail_is_verified_by_others(signer: Signer, raw: bytes) -> None:
    assert verifies(signer.sign(raw) + raw, signer)


@settings(max_examples=200)
@given(NAMES, SUBJECTS)
def test_whatever_stands_in_its_headers(name: str, subject: str) -> None:
    raw = compose(mail(recipient=(name, "zoe@example.org"), subject=subject, text=name, html=subject))
    for signer in SIGNERS:
        assert verifies(signer.sign(raw) + raw, signer)


@settings(max_examples=300)
@given(st.lists(FIELDS, max_size=12), BODIES)
def test_whatever_a_message_looks_like(fields: list[tuple[str, str]], body: str) -> None:
    start = "".join(f"{name}: {value}\r\n" for name, value in [("From", "<talent@example.org>"), *fields])
    raw = f"{start}\r\n{body}".encode()
    for signer in SIGNERS:
        assert verifies(signer.sign(raw) + raw, signer)


@settings(max_examples=100)
@given(st.data())
def test_a_message_changed_anywhere_is_refused(data: st.DataObject) -> None:
    signer = SIGNERS[1]
    place = data.draw(st.integers(DELIVERY.index(b"\r\n\r\n") + 4, len(DELIVERY.rstrip()) - 1))
    other = data.draw(st.integers(33, 126).filter(lambda byte: byte != DELIVERY[place]))
    changed = DELIVERY[:place] + bytes([other]) + DELIVERY[place + 1 :]
    assert not verifies(signer.sign(DELIVERY) + changed, signer)


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.algorithm)
def test_servers_may_fold_headers_anew_and_add_their_own(signer: Signer) -> None:
    refolded = DELIVERY.replace(b"New grippers", b" New\r\n\tgrippers \t").replace(b",\r\n <mailto", b", <mailto")
    assert refolded.count(b"grippers \t") == 1
    signed = b"Received: by us\r\n" + signer.sign(DELIVERY).replace(b"\r\n ", b"\r\n\t  ") + refolded
    assert verifies(signed, signer)


def test_two_signatures_stand_side_by_side() -> None:
    assert sign_with(SIGNERS, DELIVERY) == SIGNERS[0].sign(DELIVERY) + SIGNERS[1].sign(DELIVERY)
    raw = sign_with(reversed(SIGNERS), DELIVERY) + DELIVERY
    records = {f"{signer.record_name}.".encode(): signer.record.encode() for signer in SIGNERS}
    message = dkim.DKIM(raw)
    for place in (0, 1):
        assert message.verify(idx=place, dnsfunc=lambda name, timeout=5: records.get(name))


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.algorithm)
@pytest.mark.parametrize("name", [name for name in SIGNED if f"{name}: ".encode() in DELIVERY])
def test_every_signed_header_is_covered(signer: Signer, name: str) -> None:
    signed = signer.sign(DELIVERY) + DELIVERY
    assert not verifies(signed.replace(f"\r\n{name}: ".encode(), f"\r\n{name}: x".encode(), 1), signer)


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.algorithm)
@pytest.mark.parametrize("name", OVERSIGNED)
def test_a_second_one_of_what_mail_programs_act_on_breaks_it(signer: Signer, name: str) -> None:
    second = f"{name}: <https://evil.example/>\r\n".encode()
    signature = signer.sign(DELIVERY)
    assert not verifies(second + signature + DELIVERY, signer)
    assert not verifies(signature + second + DELIVERY, signer)
    assert not verifies(signature + DELIVERY.replace(b"\r\n\r\n", b"\r\n" + second + b"\r\n", 1), signer)


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.algorithm)
def test_a_changed_body_breaks_it(signer: Signer) -> None:
    signed = signer.sign(DELIVERY) + DELIVERY
    assert not verifies(signed.replace(b"Hello", b"Hallo", 1), signer)
    assert not verifies(signed + b"more\r\n", signer)


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.algorithm)
def test_the_signature_is_as_tidy_as_other_headers(signer: Signer) -> None:
    header = signer.sign(DELIVERY)
    assert header.isascii()
    assert header.endswith(b"\r\n")
    lines = header.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert all(line.startswith(b" ") for line in lines[1:])
    assert header == signer.sign(DELIVERY)


@pytest.mark.parametrize("domain", ["a.example", "a" * 20 + ".talent.example.org", f"{'a' * 60}.example"])
@pytest.mark.parametrize("selector", ["s", "newsletters-of-2026.talent.community"])
def test_long_names_keep_the_lines_short(domain: str, selector: str) -> None:
    signer = make_signer(domain, selector, KEYS["ed25519"])
    header = signer.sign(DELIVERY)
    assert max(map(len, header.split(b"\r\n"))) <= 76
    assert verifies(header + DELIVERY, signer)


def test_the_signature_of_rfc_8463() -> None:
    """The Ed25519 signature of its appendix A comes out of our canonical forms; key and mail are its own."""
    raw = (ROOM / "rfc8463.eml").read_bytes().replace(b"\n", b"\r\n")
    start, _, body = raw.partition(b"\r\n\r\n")
    assert body_hash(re.sub(rb" +", b" ", body)) == b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
    theirs, *others = start.replace(b"\r\n ", b" ").split(b"\r\n")
    opening, signature = theirs[: theirs.rindex(b"b=") + 2], theirs[theirs.rindex(b"b=") + 2 :].replace(b" ", b"")
    signed = b"".join(relaxed(field)[1] for field in [*others, opening]).removesuffix(b"\r\n")
    seed = base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    assert base64.b64encode(key.sign(hashlib.sha256(signed).digest())) == signature
    public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    assert Signer("football.example.com", "brisbane", key).record == f"v=DKIM1; k=ed25519; p={public}"


def test_canonical_forms_of_rfc_6376() -> None:
    assert relaxed(b"A: X ") == (b"a", b"a:X\r\n")
    assert relaxed(b"B : Y\t\tZ  ") == (b"b", b"b:Y Z\r\n")
    assert relaxed(b"Empty:") == (b"empty", b"empty:\r\n")
    # Section 3.4.3 gives the SHA-256 of an empty body, which counts as one line end.
    for empty in (b"", b"\r\n", b"\r\n\r\n\r\n"):
        assert body_hash(empty) == b"frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="
    # The example of 3.4.5: white space counts, empty lines at the end do not.
    counted = b" C \r\nD \t E\r\n"
    for body in (counted, counted + b"\r\n\r\n", counted.removesuffix(b"\r\n")):
        assert body_hash(body) == base64.b64encode(hashlib.sha256(counted).digest())


def test_keys_are_read_in_both_usual_forms() -> None:
    key = rsa.generate_private_key(65537, key_size=2048)
    for form in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
        pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        assert load_key(pem).private_numbers() == key.private_numbers()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("pem", "says"),
    [
        (b"", "no private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key"),
        (
            rsa.generate_private_key(65537, key_size=2048).private_bytes(
                *PKCS8, serialization.BestAvailableEncryption(b"x")
            ),
            "password",
        ),
        (WEAK, "512 bits is too weak"),
        (load_key(KEYS["rsa"]).public_key().public_bytes(*SPKI), "no private key"),
        (ec.generate_private_key(ec.SECP256R1()).private_bytes(*PKCS8, serialization.NoEncryption()), "another kind"),
    ],
)
def test_what_cannot_sign_is_refused_in_words(pem: bytes, says: str) -> None:
    with pytest.raises(BadKey, match=says):
        load_key(pem)


@pytest.mark.parametrize("selector", ["", "a b", "a;b", "-a", "a" * 70, "a\r\nb", "ä", ".".join(["a" * 60] * 4)])
def test_a_selector_is_a_label(selector: str) -> None:
    with pytest.raises(BadKey):
        make_signer("example.org", selector, KEYS["ed25519"])


def test_a_domain_is_a_domain() -> None:
    assert make_signer("bücher.example", "s", KEYS["ed25519"]).domain == "xn--bcher-kva.example"
    with pytest.raises(UnsafeHeader):
        make_signer("not a domain", "s", KEYS["ed25519"])
