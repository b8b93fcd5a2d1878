"""A simulated week: what stands in the log, what only in the truth."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pyarrow as pa
import pytest
from tests.traffic.simulated import Log

from assay.core.errors import BadConfig
from assay.traffic.schema import COLUMNS, content_among
from assay.traffic.simulate.attack import Template
from assay.traffic.simulate.honest import HONEST
from assay.traffic.simulate.mixture import preset, smaller
from assay.traffic.simulate.rows import SCHEMA
from assay.traffic.simulate.week import Week, simulate

SMALL = Week(accounts=150, days=1, campaigns=(Template(accounts=20),), contaminated=0.3)


@pytest.fixture(scope="module")
def log() -> Log:
    """Return a week of 1,600 accounts with every campaign of the preset."""
    return Log(Week(accounts=1600, seed=5, campaigns=smaller(preset("week"), 0.08)))


def digest(week: Week) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        for batch in simulate(week).batches:
            writer.write_batch(batch)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def test_the_seed_fixes_every_byte() -> None:
    assert digest(SMALL) == digest(SMALL)
    assert digest(SMALL) != digest(replace(SMALL, seed=1))


def test_the_columns_are_those_of_the_schema(log: Log) -> None:
    assert log.table.column_names == [one.name for one in COLUMNS]
    assert content_among(log.table.column_names) == []
    assert log.table.num_rows == log.rows


def test_every_column_says_something(log: Log) -> None:
    counts = {
        name: log.table.num_rows - log.table[name].null_count for name in log.table.schema.names
    }
    assert {name for name, count in counts.items() if count == 0} == set()


def test_rows_are_in_order_and_requests_unique(log: Log) -> None:
    assert log.one("select count(*) - count(distinct request) from log") == 0
    assert log.one("select bool_and(later) from (select time >= lag(time) over () later from log)")
    assert log.one("select min(time) >= timestamptz '2026-03-02' from log")
    assert log.one("select max(time) < timestamptz '2026-03-09' from log")


def test_the_truth_is_complete(log: Log) -> None:
    assert log.one("select count(*) from log anti join truth using (account)") == 0
    assert log.one("select count(*) - count(distinct account) from truth") == 0
    assert (
        log.one("select count(*) from truth where (campaign = '') = (\"class\" = 'distillation')")
        == 0
    )


def test_tokens_do_not_tell_who_is_who(log: Log) -> None:
    # The rank of an account's token among all says nothing: the mean rank of the campaigns' is
    # that of a random subset. Four standard errors of the mean of n uniform numbers.
    ranks = log.ask("select percent_rank() over (order by account) from truth "
                    "qualify campaign <> ''")  # fmt: skip
    mean = sum(r for (r,) in ranks) / len(ranks)
    assert abs(mean - 0.5) < 4 * (1 / 12 / len(ranks)) ** 0.5
    words = log.table["account"].chunk(0).dictionary.to_pylist()
    assert words == sorted(words)


def test_kinds_have_their_shares(log: Log) -> None:
    counts = dict(log.ask("select \"class\", count(*) from truth where campaign = '' group by 1"))
    total = sum(counts.values())
    shares = sum(kind.share for kind in HONEST)
    for kind, name in zip(HONEST, [type(k).__name__.lower() for k in HONEST], strict=True):
        assert abs(counts[name] - total * kind.share / shares) <= 1


def test_every_kind_has_hard_negatives(log: Log) -> None:
    hard = log.ask("select \"class\", count(*) filter (hard <> ''), count(*) from truth "
                   "where campaign = '' group by 1")  # fmt: skip
    assert {name for name, _, _ in hard} == {type(k).__name__.lower() for k in HONEST}
    # At least a twentieth of each kind; a kind of 24 accounts has two on average at 8 %.
    assert {name: some for name, some, count in hard if some < max(1, count // 20)} == {}
    kinds = {h for (h,) in log.ask("select distinct hard from truth")}
    assert kinds >= {"newcomer", "adopter", "night", "heavy", "thinker", "redteam", "product",
                     "balanced", "campus", "tiled", "rented"}  # fmt: skip


def test_strangers_share_a_product_s_template(log: Log) -> None:
    payers = log.one(
        "select max(p) from (select count(distinct payment) p from known "
        "where campaign = '' and \"class\" = 'application' group by template)"
    )
    assert payers >= 3


def test_honest_groups_come_in_sizes(log: Log) -> None:
    sizes = {
        n for (n,) in log.ask("select count(*) from truth where campaign = '' group by \"group\"")
    }
    assert 1 in sizes
    assert 2 in sizes
    assert max(sizes) >= 20


def test_honest_accounts_are_vetted_as_what_they_are(log: Log) -> None:
    assert log.one('select count(*) from known where vetted is not null and vetted <> "class"') == 0
    groups = log.ask("select \"group\", count(distinct coalesce(vetted, '')) from known "
                     "where campaign = '' group by 1")  # fmt: skip
    assert {n for _, n in groups} == {1}
    share = log.one("select avg(v) from (select any_value((vetted is not null)::int) v from known "
                    "where campaign = '' group by \"group\")")  # fmt: skip
    assert abs(share - 0.4) < 0.06  # 4 standard errors of 1,100 groups
    assert log.one("select count(vetted) from known where campaign <> ''") == 0


def test_a_contaminated_reference_is_an_option() -> None:
    log = Log(SMALL)
    wrong = log.one("select count(distinct account) from known where campaign <> '' "
                    "and vetted = 'application'")  # fmt: skip
    assert 1 <= wrong <= 14  # of 20 with chance .3: outside with probability 8e-4 and less


def test_failures_have_no_tokens(log: Log) -> None:
    assert log.one("select count(*) from log where (status = 200) = (output_tokens is null)") == 0
    assert log.one("select count(*) from log where cached_tokens > input_tokens") == 0
    assert log.one("select count(*) from log where reasoning_tokens > output_tokens") == 0
    assert log.one("select count(*) from log where output_tokens > max_tokens") == 0


def test_honest_routers_hand_sessions_over_after_failures(log: Log) -> None:
    moved = log.ask(
        "select was_status, count(*), sum((account <> was)::int) from (select account, "
        "lag(account) over w was, lag(status) over w was_status from known "
        "where \"class\" = 'reseller' and session is not null "
        "window w as (partition by session order by time)) where was is not null group by 1"
    )
    shares = {status: changed / count for status, count, changed in moved}
    assert shares[429] > 0.8
    assert shares[200] < 0.05


def test_agents_are_updated_but_made_up_profiles_are_not(log: Log) -> None:
    versions = dict(log.ask(
        "select campaign <> '', avg(n) from (select campaign, count(distinct agent) n from known "
        "where \"class\" <> 'reseller' group by account, campaign) group by 1"
    ))  # fmt: skip
    assert versions[True] == 1
    assert versions[False] > 1.1


def test_more_campaigns_than_accounts_is_an_error() -> None:
    with pytest.raises(BadConfig, match=r"accounts=10: the campaigns alone have 200"):
        Week(accounts=10, campaigns=(Template(accounts=200),))
    with pytest.raises(BadConfig, match="days=0"):
        Week(days=0)


def test_customers_come_every_week_and_some_groups_at_once(log: Log) -> None:
    young = log.one("select avg((made > timestamptz '2026-02-09')::int) from (select "
                    "min(created) made from known where class <> 'distillation' "
                    'group by "group")')  # fmt: skip
    assert 0.08 < young < 0.3
    spans = log.ask("select max(epoch(created)) - min(epoch(created)), count(distinct account) "
                    "from known where hard = 'intake' group by \"group\" having count(distinct "
                    "account) > 1")  # fmt: skip
    assert len(spans) >= 3
    assert max(span for span, _ in spans) < 4 * 86_400


def test_nobody_asks_before_the_account_is_made(log: Log) -> None:
    assert log.one("select count(*) from known where created > time") == 0
