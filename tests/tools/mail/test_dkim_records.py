"""The public key in the DNS held against ours, as a receiving server reads it."""

import pytest

from portal.tools.mail.dkim import Signer, make_key, make_signer
from portal.tools.mail.dkim_records import Published, UselessRecord, compare

RSA = make_signer("northwind.example", "rsa2026", make_key(kind="rsa"))
ED = make_signer("northwind.example", "ed2026", make_key(kind="ed25519"))
OTHER = make_signer("northwind.example", "ed2026", make_key(kind="ed25519"))


@pytest.mark.parametrize("signer", [RSA, ED], ids=["rsa", "ed25519"])
def test_our_own_record_holds_our_key(signer: Signer) -> None:
    assert compare(signer.record, signer) == Published(is_testing=False)
    in_pieces = signer.record.replace("p=", "p=  ").replace("; ", " ;\t")
    assert compare(f"{in_pieces[:40]} {in_pieces[40:]} ;", signer) == Published(is_testing=False)


def test_what_may_stand_there_besides() -> None:
    key = RSA.record.partition("p=")[2]
    for record in (f"p={key}", f"k=rsa; p={key}", f"v=DKIM1; h=sha1:sha256; s=email; n=mine; t=s; p={key}"):
        assert compare(record, RSA) == Published(is_testing=False)
    assert compare(f"v=DKIM1; t=y:s; p={key}", RSA) == Published(is_testing=True)


USELESS = {
    "withdrawn": ("v=DKIM1; k=ed25519; p=", "the key was withdrawn"),
    "no key": ("v=DKIM1; k=ed25519", "no p="),
    "another key": (OTHER.record, "another key than ours"),
    "cut off": (ED.record[:-9], "another key than ours"),
    "another kind": (RSA.record, "k=rsa, and our key is k=ed25519"),
    "no kind": (ED.record.replace("k=ed25519; ", ""), "k=rsa, and our key is k=ed25519"),
    "another version": (ED.record.replace("DKIM1", "DKIM2"), "must begin with v=DKIM1"),
    "version last": (ED.record.replace("v=DKIM1; ", "") + "; v=DKIM1", "must begin with v=DKIM1"),
    "another hash": (ED.record + "; h=sha1", "leaves out sha256"),
    "not for mail": (ED.record + "; s=tlsrpt", "leaves out mail"),
    "twice": (ED.record + "; p=x", "p= stands there twice"),
    "another record": ("v=spf1 -all", "must begin with v=DKIM1"),
    "in quotes": (f'"{ED.record}"', "cannot be read"),
    "empty": ("", "no p="),
}


@pytest.mark.parametrize("fault", USELESS)
def test_a_record_that_is_of_no_use(fault: str) -> None:
    record, told = USELESS[fault]
    with pytest.raises(UselessRecord, match=told):
        compare(record, ED)
