"""Campaigns have the shapes that their parameters say."""

from __future__ import annotations

import pytest
from tests.traffic.simulated import Log

from assay.core.errors import BadConfig, UnknownName
from assay.traffic.simulate.attack import (
    CAMPAIGNS,
    Harvest,
    Mixed,
    Pivot,
    Probing,
    Relay,
    Template,
)
from assay.traffic.simulate.mixture import PRESETS, campaigns_of, preset, smaller
from assay.traffic.simulate.week import Week

RUNNING = (
    Template(accounts=40, rate=30, isolation=0, proxies=0, cards=10),  # template-1
    Template(accounts=40, rate=30, variants=10_000, isolation=1, proxies=1, rotation=4),  # -2
    Template(accounts=20, rate=30, dilution=0.4, even=1, begin=2),  # -3
    Relay(accounts=30, rate=40, share_on=0.2, hours=6),  # relay-4
    Harvest(accounts=20),  # harvest-5
    Pivot(accounts=20),  # pivot-6
    Probing(accounts=40, burst=800, begin=1),  # probing-7
    Mixed(accounts=20, rate=60, harvest=0.5, jitter=60),  # mixed-8
)


@pytest.fixture(scope="module")
def log() -> Log:
    """Return a week of every campaign beside a few honest accounts."""
    return Log(Week(accounts=300, seed=2, campaigns=RUNNING))


def test_all_kinds_run(log: Log) -> None:
    assert {type(c) for c in RUNNING} == set(CAMPAIGNS.values())
    counts = dict(log.ask("select campaign, count(*) from truth where campaign <> '' group by 1"))
    assert counts == {f"{c.name}-{place}": c.accounts for place, c in enumerate(RUNNING, 1)}


@pytest.mark.parametrize(
    ("label", "daily"), [("template-1", 30), ("relay-4", 40), ("harvest-5", 120)]
)
def test_rates_are_the_wanted_ones(log: Log, label: str, daily: float) -> None:
    # Requests are Poisson sessions of up to ten turns on average, and moods of days: a relay's
    # weekly total varies by 10 % (one standard deviation), the others' by 2 %.
    query = "select count(*) / count(distinct account) / 7 from known where campaign = ?"
    mean = log.one(query, label)
    assert mean == pytest.approx(daily, rel=0.3)


def test_a_fixed_prompt_is_one_template(log: Log) -> None:
    assert log.one("select count(distinct template) from known where campaign = 'template-1'") == 1
    assert log.one("select count(distinct sketch[1]) from known where campaign = 'template-1'") > 1


def test_variants_are_many_templates_of_one_family(log: Log) -> None:
    ((variants, requests),) = log.ask(
        "select count(distinct template), count(*) from known where campaign = 'template-2'"
    )
    assert 0.3 * requests < variants <= requests
    # The most frequent value of a place of the sketch is the family's: more than a third have it.
    share = log.one("select max(n) / sum(n) from (select count(*) n from known "
                    "where campaign = 'template-2' group by sketch[1])")  # fmt: skip
    assert share > 0.33


def test_cards_are_shared_by_blocks(log: Log) -> None:
    payers = log.ask("select payment, count(distinct account) from known "
                     "where campaign = 'template-1' group by 1")  # fmt: skip
    assert len(payers) == 4
    assert max(n for _, n in payers) <= 10


def test_headers_are_common_or_own(log: Log) -> None:
    agents = dict(log.ask("select campaign, count(distinct agent) / count(distinct account) "
                          "from known where campaign like 'template%' group by 1"))  # fmt: skip
    assert agents["template-1"] == 1 / 40
    assert agents["template-2"] == 1


def test_proxies_are_many_addresses(log: Log) -> None:
    count = dict(log.ask("select campaign, count(distinct prefix) / count(*) from known "
                         "where campaign like 'template%' group by 1"))  # fmt: skip
    assert count["template-2"] > 0.3
    assert count["template-1"] < 0.01


def test_banned_accounts_are_replaced(log: Log) -> None:
    spans = log.ask("select max(elapsed) - min(elapsed) from known "
                    "where campaign = 'template-2' group by account")  # fmt: skip
    assert len(spans) == 40
    assert max(s for (s,) in spans) <= 7 * 86_400 / 4 + 60  # a refused one may be sent again
    late = log.one("select min(created) > timestamptz '2026-02-01' from known "
                   "where campaign = 'template-2'")  # fmt: skip
    assert late


def test_dilution_is_the_share_that_looks_honest(log: Log) -> None:
    share = log.one(
        "select avg((template <> m)::int) from known, (select mode(template) m "
        "from known where campaign = 'template-3') where campaign = 'template-3'"
    )
    assert share == pytest.approx(0.4, abs=0.12)


def test_turns_go_round(log: Log) -> None:
    counts = log.ask("select count(*) from known where campaign = 'template-3' and template = "
                     "(select mode(template) from known where campaign = 'template-3') "
                     "group by account")  # fmt: skip
    least, most = min(n for (n,) in counts), max(n for (n,) in counts)
    assert most - least < 0.15 * most


def test_campaigns_begin_when_they_should(log: Log) -> None:
    assert log.one("select min(elapsed) from known where campaign = 'template-3'") >= 2 * 86_400


def test_a_relay_s_accounts_take_turns(log: Log) -> None:
    # Share of six-hour turns in which an account is seen: a fifth is on, and a long session may
    # reach into the next turn only through the next account.
    share = log.one("select avg(n) / 28 from (select count(distinct floor(elapsed / 21600)) n "
                    "from known where campaign = 'relay-4' group by account)")  # fmt: skip
    assert share == pytest.approx(0.2, abs=0.06)
    together = log.one("select max(n) from (select count(distinct account) n from known "
                       "where campaign = 'relay-4' group by floor(elapsed / 21600))")  # fmt: skip
    assert together <= 12


def test_a_relay_s_content_is_its_users(log: Log) -> None:
    honest = log.one(
        "select count(distinct template) from known where campaign = 'relay-4' and template in "
        "(select template from known where campaign = '')"
    )
    assert honest >= 1


def test_a_harvest_is_reasoning(log: Log) -> None:
    share = log.one("select sum(reasoning_tokens) / sum(output_tokens) from known "
                    "where campaign = 'harvest-5'")  # fmt: skip
    assert share > 0.6


def test_a_pivot_moves_half_within_a_day(log: Log) -> None:
    query = (
        "select avg((model = 'lumen-2-large')::int) from known where campaign = 'pivot-6' "
        "and elapsed between ? and ?"
    )
    release = 3.7 * 86_400
    before = log.one(query, 0, release)
    after = log.one(query, release + 86_400, 7 * 86_400)
    assert (before, after) == (0, pytest.approx(0.5, abs=0.05))  # 4,000 requests


def test_probing_comes_first_and_each_time_otherwise(log: Log) -> None:
    ((templates, requests, accounts, refused),) = log.ask(
        "select count(distinct template), count(*), count(distinct account), "
        "avg((finish = 'content_filter')::int) from known "
        "where campaign = 'probing-7' and elapsed < 1.6 * 86400"
    )
    assert 600 < requests < 1200  # 800, and some of the refused sent again
    assert templates > 0.8 * requests
    assert accounts <= 2
    assert refused == pytest.approx(0.35, abs=0.08)
    rest = log.one("select count(distinct account) from known where campaign = 'probing-7' "
                   "and elapsed > 2 * 86400")  # fmt: skip
    assert rest == 40


def test_a_proxy_network_mixes(log: Log) -> None:
    share = log.one("select avg((session is null)::int) from known where campaign = 'mixed-8'")
    assert 0.4 < share < 0.8  # half a campaign's; a tenth is customers' programs


def test_lists_are_read() -> None:
    first, second = campaigns_of("template:accounts=50,dilution=.2 + relay")
    assert first == Template(accounts=50, dilution=0.2)
    assert second == Relay()
    assert campaigns_of("none") == ()


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("templat", UnknownName, "Did you mean 'template'"),
        ("", UnknownName, "unknown campaign"),
        ("relay:account=3", UnknownName, "Did you mean 'accounts'"),
        ("relay:", UnknownName, "unknown parameter of relay ''"),
        ("relay:accounts=many", BadConfig, "accounts='many' is not a whole number"),
        ("relay:accounts=2.5", BadConfig, "not a whole number"),
        ("relay:rate=nan", BadConfig, "rate=nan is not between"),
        ("relay:rate=", BadConfig, "rate='' is not a number"),
        ("relay:dilution=1", BadConfig, "dilution=1.0 is not between 0 and 0.9"),
        ("relay:accounts=5,accounts=6", BadConfig, "accounts is given twice"),
        ("template:accounts=3,rotation=4", BadConfig, "cannot be replaced"),
    ],
)
def test_lists_are_read_strictly(text: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        campaigns_of(text)


def test_quotas_are_filled_as_wanted() -> None:
    log = Log(Week(accounts=80, days=1, campaigns=(Template(accounts=20, fill=0.5),)))
    assert log.ask("select distinct quota from known where campaign <> ''") == [(52,)]


def test_presets_are_known_and_scaled() -> None:
    assert preset("placebo") == ()
    with pytest.raises(UnknownName, match="Did you mean 'week'"):
        preset("weak")
    assert [c.accounts for c in smaller(PRESETS["week"], 0.01)] == [10] * 7
    assert sum(c.accounts for c in smaller(PRESETS["disclosed"], 0.1)) < 4000


def test_bought_accounts_are_old() -> None:
    new, old = (Template(accounts=60, bought=share) for share in (0, 1))
    log = Log(Week(accounts=400, days=1, seed=4, campaigns=(new, old)))
    ages = dict(log.ask("select campaign, median(epoch(timestamptz '2026-03-02' - created)) "
                        "/ 86400 from known where campaign <> '' group by 1"))  # fmt: skip
    assert ages["template-1"] < 40 < ages["template-2"]
