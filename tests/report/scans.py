"""Scans as records, without any log: one campaign, one lead, and names that mean harm."""

from __future__ import annotations

from assay.core.cases import (
    Alerts,
    Campaign,
    Day,
    Explanation,
    LogsRead,
    Member,
    Pool,
    Scan,
    Share,
    Shelved,
    Stage,
    Tie,
    Weighed,
)
from assay.core.evidence import Status

__all__ = ["HOSTILE", "campaign", "scan"]

HOSTILE = "</td><script>alert(1)</script>\x1b[2J\u202e" + "x" * 300
DAYS = tuple(f"2026-03-0{number}" for number in range(2, 9))
E = (None, None, 9.1, 61.0, 250.0, 700.0, 1900.0)
ALERTS = Alerts(
    of="clusters", prevalence=0.0025, innocent=31.0, best=4.0, worst=82.0,
    basis="1 of 2,400 honest clusters reach this e-value; assuming that 9 of 10 are alerted",
)  # fmt: skip


def campaign(*, size: int = 40, flagged: bool = True, hostile: bool = False) -> Campaign:
    """Return a case whose accounts form two halves, tied to each other by few links."""
    names = [HOSTILE + str(n) if hostile else f"{n:02x}" * 8 for n in range(size)]
    members = tuple(
        Member(
            account=name, requests=20 + 17 * n, first="2026-03-02 00:04",
            last="2026-03-08 23:51", p_value=0.0004 if n % 3 == 0 else 0.2 + n / 100,
            flagged=n % 3 == 0, classes=("distillation", "evaluation") if n % 3 == 0 else (),
        )
        for n, name in enumerate(names)
    )  # fmt: skip
    ties = [
        Tie(left=n, right=n + step, bits=6.0 + n % 9)
        for n in range(size)
        for step in (1, 2, 5)
        if n + step < size and (n < size // 2) == (n + step < size // 2)
    ]
    last = E[-1] if flagged else 3.1
    return Campaign(
        id="cluster-0123456789ab" if flagged else "cluster-ba9876543210",
        flagged=flagged,
        members=members,
        bits=4.0,
        links=(("payment", 6.1), ("org", 0.0), ("place", 3.2), ("client", 1.1), ("email", -0.2)),
        shares=(Share(field="payment", values=4, holders=15), Share(field="asn", values=2,
                holders=33)),
        ties=(*ties, Tie(left=size // 2 - 1, right=size // 2, bits=4.2)),
        days=tuple(
            Day(day=day, requests=900 + 210 * n, accounts=size - n % 3, judged=n > 1,
                score=1.2 + n / 4, e_value=value if flagged or value is None else 1 + n / 3)
            for n, (day, value) in enumerate(zip(DAYS, E, strict=True))
        ),
        e_value=last or 1.0,
        needed=1200.0,
        reachable=2401.0,
        signals=(
            Weighed(signal="joint-smoothness", says="Is the load smoother?", adds=1.42),
            Weighed(signal="reuse", says="Is a template shared?", adds=0.9),
            Weighed(signal="reasoning", says="How much is reasoning?", adds=0.31),
        ),
        classes=("distillation", "evaluation"),
        gray=True,
        settles=("a declared evaluation programme?", "one question to the customer"),
        explanations=(
            Explanation(says="an evaluation laboratory", needs="a declared programme",
                        here="org: one value, the commonest held by 40 of 40 accounts"),
            Explanation(says="an authorised reseller", needs="an agreement", here="unknown"),
        ),
        alerts=ALERTS if flagged else None,
    )  # fmt: skip


def scan(*cases: Campaign, status: Status = Status.FLAGGED, hostile: bool = False) -> Scan:
    """Return a whole scan of these cases."""
    odd = HOSTILE if hostile else "negative tokens"
    return Scan(
        version="0.0",
        status=status,
        headline="1 campaign of coordinated accounts" if cases else "Nothing is flagged",
        q=0.05,
        prevalence=0.0025,
        split=DAYS[1],
        read=LogsRead(
            rows=251_043, accounts=1330, vetted=480, days=DAYS, absent=("blocks", "sketch"),
            shelved=(Shelved(reason=odd, count=12, example="log.csv, row 9"),),
            notes=("times without a zone were read as UTC",),
        ),
        stages=(
            Stage(name="accounts", says="14 of 850 tested are worth a look", seconds=1.5),
            Stage(name="linkage", says="729 of 4,005 pairs", seconds=1.3),
            Stage(name="evidence", says="", abstained="19 clusters are known to be honest; 50 are "
                  "needed", seconds=2.0),
        ),
        tested=850,
        flagged=14,
        clusters=65,
        references=19,
        candidates=46,
        reachable=2401.0,
        needed=920.0,
        cases=cases,
        pools=tuple(
            Pool(id=f"pool-{n}", accounts=(odd, *(f"{n}-{i}" for i in range(n))), moves=n + 9,
                 after_failure=n + 5)
            for n in range(20, 8, -1)
        ),
        alerts=(ALERTS,),
        not_seen=("transcripts that were bought", "one compliant customer"),
    )  # fmt: skip
