"""The sentences people agree to, word for word as the pages show them and as the receipts keep them."""

from flask_babel import gettext as _

from portal import config


def mail(community: str) -> str:
    """Return the sentence for newsletters of one community."""
    return _(
        "%(company)s may email me the %(community)s newsletters. I can stop at any time.",
        company=config.current().company_name,
        community=community,
    )


def matching() -> str:
    """Return the sentence for being found when a role opens."""
    return _(
        "%(company)s may look at what I tell it when a role opens, and a recruiter may write to me about it.",
        company=config.current().company_name,
    )


def measuring() -> str:
    """Return the sentence for opens and clicks."""
    return _(
        "%(company)s may see which of its emails I open and which links I follow, to learn what is worth writing.",
        company=config.current().company_name,
    )


def all_for(community: str) -> dict[str, str]:
    """Return the three sentences of a join form by their purpose."""
    return {"mail": mail(community), "matching": matching(), "measuring": measuring()}
