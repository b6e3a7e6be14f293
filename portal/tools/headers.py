"""The security headers every answer carries."""

from flask import Response
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
)

PERSONAL = "no-store"


def protect(response: Response, *, https: bool) -> Response:
    """Add what a response does not say itself: CSP, referrer, sniffing, permissions, and HSTS over https."""
    for name, value in (_over_https if https else _plain).headers.items():
        response.headers.setdefault(name, value)
    return response


def personal(response: Response) -> Response:
    """Mark a page as one person's: never stored, never sent on as a referrer."""
    response.headers["Cache-Control"] = PERSONAL
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def framed(response: Response) -> Response:
    """Let our own pages frame this newsletter body, which may style itself inline and do nothing else."""
    policy = _base_policy().style_src("'unsafe-inline'").img_src("'self'", "https:", "data:").script_src("'none'")
    response.headers["Content-Security-Policy"] = (
        policy.frame_ancestors("'self'").sandbox("allow-popups", "allow-popups-to-escape-sandbox").header_value
    )
    return response


def _base_policy() -> ContentSecurityPolicy:
    return ContentSecurityPolicy().default_src("'none'").base_uri("'none'")


def _headers(hsts: StrictTransportSecurity | None = None) -> Secure:
    policy = (
        _base_policy()
        .script_src("'self'")
        .style_src("'self'")
        .img_src("'self'", "https:", "data:")
        .font_src("'self'")
        .connect_src("'self'")
        .form_action("'self'")
        .frame_src("'self'")
        .frame_ancestors("'none'")
    )
    return Secure(
        csp=policy,
        referrer=ReferrerPolicy().strict_origin_when_cross_origin(),
        xcto=XContentTypeOptions().nosniff(),
        coop=CrossOriginOpenerPolicy().same_origin(),
        permissions=PermissionsPolicy().camera().microphone().geolocation(),
        hsts=hsts,
    )


_plain = _headers()
_over_https = _headers(hsts=StrictTransportSecurity().max_age(31_536_000).include_subdomains())
