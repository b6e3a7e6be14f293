"""What stands in the DNS for the domain mails come from: DKIM keys, DMARC policy, whether they agree, and MX."""

from collections.abc import Iterator

from portal.services.sending import senders, signing
from portal.services.sending.doctor.case import Case
from portal.services.sending.doctor.findings import Finding, ok, problem, warning
from portal.tools.dns import Record
from portal.tools.mail import dkim, dkim_records, dmarc
from portal.tools.mail.dkim import Signer

_MAKE_ONE = "Run: portal dkim create --out FILE"


def look_at_keys(case: Case) -> Iterator[Finding]:
    """Look whether each of our keys can be found where its signatures say."""
    signers = signing.signers()
    if not signers:
        yield warning(
            "DKIM",
            "Our mails leave unsigned, and large mailboxes refuse newsletters that nobody signs. "
            "Fine if your mail server signs them.",
            _MAKE_ONE,
        )
    for signer in signers:
        yield _published(signer, case)
    if signers and all(signer.algorithm.startswith("ed25519") for signer in signers):
        yield warning(
            "DKIM",
            "All keys are Ed25519, which many mailboxes cannot check yet: to them our mails are not signed.",
            "Add an RSA key. " + _MAKE_ONE + " --algorithm rsa",
        )


def look_at_policy(case: Case) -> Iterator[Finding]:
    """Look at the DMARC policy that holds for the domain."""
    name = dmarc.record_name(case.domain)
    wanted = Record(name, "TXT", "v=DMARC1; p=none")
    try:
        policy = dmarc.read(case.domain, case.dns)
    except dmarc.BrokenDmarc as error:
        yield problem(
            "DMARC", f"Servers pass over the record at {name}: {error}.", "Put one such in its place.", wanted
        )
        return
    if policy is None:
        why = f"There is no record at {name}; large mailboxes refuse newsletters without one."
        yield problem("DMARC", why, "Publish this record; later p=quarantine keeps others from using the name.", wanted)
        return
    watching = (
        "; that only watches, p=quarantine would keep others from using the name" if policy.asks == "none" else ""
    )
    yield ok("DMARC", f"{dmarc.record_name(policy.at)} asks for {policy.asks}{watching}.")


def look_at_alignment(case: Case) -> Iterator[Finding]:
    """Look whether what SPF and DKIM prove is the name that stands in From."""
    try:
        policy = dmarc.read(case.domain, case.dns)
    except dmarc.BrokenDmarc:
        policy = None
    is_strict = policy is not None and policy.dkim_is_strict
    domains = list(dict.fromkeys(signer.domain for signer in signing.signers()))
    agreeing = [d for d in domains if dmarc.are_aligned(case.domain, d, case.dns, is_strict=is_strict)]
    envelope = _envelope(case)
    if agreeing:
        yield ok("alignment", f"{envelope}, and we sign for {' and '.join(agreeing)}, which is the same to DMARC.")
    elif domains:
        strictly = " where DMARC is as strict as yours (adkim=s)" if is_strict else ""
        yield warning(
            "alignment",
            f"{envelope}, but we sign for {' and '.join(domains)}, which is another name to DMARC{strictly}: "
            "a mail that is forwarded proves nothing.",
            f"Set PORTAL_DKIM_DOMAIN to {case.domain}, or leave it out.",
        )
    else:
        why = f"{envelope}, but without a signature of ours a mail that is forwarded proves nothing."
        yield warning("alignment", why, _MAKE_ONE)


def look_at_mail_hosts(case: Case) -> Iterator[Finding]:
    """Look whether replies and bounces arrive."""
    yield _mail_hosts(case.envelope_domain, "bounces and replies", case)
    reply_to = senders.reply_to()
    domain = reply_to[1].rpartition("@")[2].lower() if reply_to else case.envelope_domain
    if domain != case.envelope_domain:
        yield _mail_hosts(domain, "replies", case)


def _envelope(case: Case) -> str:
    if case.envelope_domain == case.domain:
        return f"From and envelope sender are both at {case.domain}"
    return f"From is at {case.domain} and the envelope sender at {case.envelope_domain}"


def _published(signer: Signer, case: Case) -> Finding:
    check = f"DKIM {signer.selector}"
    wanted = Record(signer.record_name, "TXT", signer.record)
    found = case.dns.texts(signer.record_name)
    if not found:
        return problem(check, f"There is no key at {signer.record_name}.", "Publish this record.", wanted)
    if len(found) > 1:
        why = f"{signer.record_name} has {len(found)} records, and only one may stand there."
        return problem(check, why, "Leave this one.", wanted)
    try:
        published = dkim_records.compare(found[0], signer)
    except dkim_records.UselessRecord as error:
        why = f"Nobody can check our signatures with the record at {signer.record_name}: {error}."
        return problem(check, why, "Publish this record in its place.", wanted)
    if published.is_testing:
        why = f"{signer.record_name} says t=y, so servers take our signatures for a trial that counts for nothing."
        return warning(check, why, "Take t=y out.", wanted)
    if signer.is_weak:
        why = f"{signer.record_name} holds our key, of fewer than {dkim.STRONG_RSA} bits, which ages."
        return warning(check, why, f"Make a new one with another selector. {_MAKE_ONE}")
    return ok(check, f"{signer.record_name} holds our key ({signer.algorithm}).")


def _mail_hosts(domain: str, what: str, case: Case) -> Finding:
    hosts = case.dns.mail_hosts(domain)
    if hosts == [""]:
        return problem("MX", f"{domain} says that it takes no mail (MX 0 .), so {what} are lost.", "Publish an MX.")
    if not hosts:
        return _without_hosts(domain, what, case)
    lost = [host for host in hosts if not case.dns.addresses(host)]
    if lost == hosts:
        why = f"No mail host of {domain} has an address ({', '.join(lost)}), so {what} are lost."
        return problem("MX", why, "Give each an A or AAAA record, or name others in the MX.")
    if lost:
        why = f"Of the mail hosts of {domain}, {' and '.join(lost)} has no address."
        return warning("MX", why, "Give it an A or AAAA record, or take it out.")
    return ok("MX", f"{domain} takes mail at {' and '.join(hosts)}.")


def _without_hosts(domain: str, what: str, case: Case) -> Finding:
    todo = "Publish the MX that whoever keeps your mailboxes names."
    if case.dns.addresses(domain):
        why = f"{domain} names no mail host; {what} go to the machine of that very name, if it takes mail."
        return warning("MX", why, todo)
    return problem("MX", f"{domain} names no mail host, so {what} are lost, and many servers refuse its mail.", todo)
