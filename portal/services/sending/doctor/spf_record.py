"""SPF of the envelope sender's domain: can it be followed, what does it ask for, and does it let our mail in?"""

from collections.abc import Iterator

from portal.services.sending.doctor import leaving
from portal.services.sending.doctor.case import Case
from portal.services.sending.doctor.findings import Finding, not_checked, ok, problem, warning
from portal.services.sending.doctor.leaving import Leaving
from portal.tools.dns import CouldNotAsk, Record
from portal.tools.mail import spf
from portal.tools.mail.spf import Policy

_NAMING_OTHERS = ("include:", "redirect=", "exists:")


def look(case: Case) -> Iterator[Finding]:
    """Look at the record, and at whom it lets in."""
    try:
        policy = spf.read(case.envelope_domain, case.dns)
    except spf.BrokenSpf as error:
        yield problem("SPF", f"Servers give up on the record of {case.envelope_domain}: {error}.", "Mend the record.")
        yield not_checked("SPF and our mail", "The record cannot be followed.")
        return
    way = _way(case)
    if policy is None:
        yield _missing(case, way)
        return
    yield _ending(policy, case)
    yield from _without_addresses(policy, way, case) if way.unknown else _each(policy, way, case)


def _way(case: Case) -> Leaving:
    try:
        return leaving.find(case)
    except CouldNotAsk as error:
        return Leaving((), f"{error}.")


def _missing(case: Case, way: Leaving) -> Finding:
    why = f"{case.envelope_domain} has no SPF record, so mail in its name is taken for anybody's."
    if way.addresses:
        record = spf.letting_in(None, *way.addresses)
        return problem("SPF", why, "Publish this record.", Record(case.envelope_domain, "TXT", record))
    todo = (
        f'Publish {case.envelope_domain}. TXT "v=spf1 include:… ~all", with the include: of whoever sends your mail, '
        "or with the ip4: and ip6: of the addresses mail leaves from."
    )
    return problem("SPF", why, todo)


def _ending(policy: Policy, case: Case) -> Finding:
    if policy.lets_everybody_in:
        return problem(
            "SPF",
            f"The record of {case.envelope_domain} lets everybody in, so it proves nothing: {policy.record}",
            "End it with ~all, and leave out whatever names the whole world.",
            *(_mended(policy, case) if policy.ending == "+" else []),
        )
    if policy.ending not in {"-", "~"}:
        return warning(
            "SPF",
            f"The record of {case.envelope_domain} does not say what to do with others: {policy.record}",
            "End it with ~all.",
            *_mended(policy, case),
        )
    return ok(
        "SPF",
        f"{case.envelope_domain} has one record, with {policy.lookups} of {spf.MOST_LOOKUPS} look-ups, "
        f"that ends in {policy.ending}all.",
    )


def _mended(policy: Policy, case: Case) -> list[Record]:
    mended = spf.with_soft_ending(policy)
    return [Record(case.envelope_domain, "TXT", mended)] if mended else []


def _without_addresses(policy: Policy, way: Leaving, case: Case) -> Iterator[Finding]:
    if way.by_others and not any(mark in policy.record.lower() for mark in _NAMING_OTHERS):
        yield warning(
            "SPF and our mail",
            f"{way.unknown} The record names nobody else's addresses by include:, so mail most likely fails it.",
            f"Add the include: that the help of {case.relay.host if case.relay else ''} names.",
        )
        return
    todo = leaving.NAME_THEM if case.relay else ""
    if way.by_others:
        todo = f"Compare the record with what its help asks for. {todo}"
    yield not_checked("SPF and our mail", way.unknown, todo)


def _each(policy: Policy, way: Leaving, case: Case) -> Iterator[Finding]:
    out = [address for address in way.addresses if not policy.lets_in(address)]
    if not out:
        yield ok("SPF and our mail", f"The record lets in {' and '.join(way.addresses)}.")
    elif not policy.is_whole:
        why = f"Whether {' and '.join(out)} passes can only be judged with a mail in hand: {policy.record}"
        yield not_checked("SPF and our mail", why, "Send a test mail and read its Authentication-Results.")
    else:
        record = Record(case.envelope_domain, "TXT", spf.letting_in(policy, *out))
        why = f"Mail leaves from {' and '.join(out)}, which the record does not let in."
        yield problem("SPF and our mail", why, "Publish this record in place of the old one.", record)
