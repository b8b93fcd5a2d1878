"""Which innocent explanations are there, what would each need, and what do the logs say of it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.core.cases import Explanation, Share

__all__ = ["NOT_SEEN", "explanations"]

NOT_SEEN = (
    "transcripts bought from resellers or customers: the requests are the customers' own",
    "one paying customer that breaks the terms from one account, at a usual pace",
    "a relay of real users' requests: linked, it looks like a reseller, and is asked about at most",
    "a relay that isolates every account (own card, own address, own client): nothing links them",
    "what was asked and answered: no text is read, so that a purpose is inferred, never seen",
)
"""What request logs without text cannot show."""

KNOWN = (
    (
        "an evaluation laboratory or programme",
        "a declared programme: which benchmarks, from when to when, by whom",
        ("org",),
    ),
    (
        "an authorised reseller or router whose customers share its accounts",
        "a reseller agreement, and the list of its accounts",
        ("payment",),
    ),
    (
        "one company that runs an agent fleet or a batch pipeline over many keys",
        "the contract of its organisation, and one question: what are the outputs kept for?",
        ("org", "payment"),
    ),
    (
        "a university, an office or a carrier: many people behind one network or card",
        "the network's owner, and accounts whose people can be told apart",
        ("prefix", "asn"),
    ),
    (
        "users of one client program, who have nothing else in common",
        "links that remain when agent and tls are left out",
        ("agent", "tls"),
    ),
)


def explanations(shares: Sequence[Share], accounts: int) -> tuple[Explanation, ...]:
    """How could this cluster be innocent?

    Parameters
    ----------
    shares
        What its accounts share.
    accounts
        How many they are.

    Examples
    --------
    >>> found = explanations([Share(field="org", values=1, holders=30)], 30)
    >>> found[0].here
    'org: one value, the commonest held by 30 of 30 accounts'
    """
    held = {share.field: share for share in shares}
    return tuple(
        Explanation(says=says, needs=needs, here=_here(fields, held, accounts))
        for says, needs, fields in KNOWN
    )


def _here(fields: Sequence[str], held: Mapping[str, Share], accounts: int) -> str:
    known = [held[field] for field in fields if field in held]
    if not known:
        return f"the logs do not say: {' and '.join(fields)} unknown"
    return "; ".join(
        f"{one.field}: {'one value' if one.values == 1 else f'{one.values:,} values'}, "
        f"the commonest held by {one.holders:,} of {accounts:,} accounts"
        for one in known
    )
