"""Linkage: owners are found, strangers are not, and common values link nobody."""

import duckdb
import pytest
from tests.traffic.owners import Row, held, pool, strangers

from assay.traffic.comparing import fixed
from assay.traffic.holdings import CLASS, FIELDS, hold
from assay.traffic.linkage import Linkage, link
from assay.traffic.schema import column


def owners(name: str) -> str:
    return name.rstrip("0123456789")


def linked(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    query = "SELECT account_l, account_r FROM linkage_weights ORDER BY ALL"
    return [(str(left), str(right)) for left, right in connection.sql(query).fetchall()]


ROWS = [*strangers(400), *pool("ring", 12)]


@pytest.fixture(scope="module")
def world() -> tuple[duckdb.DuckDBPyConnection, Linkage]:
    connection = held(ROWS)
    return connection, link(connection)


World = tuple[duckdb.DuckDBPyConnection, Linkage]


def test_accounts_of_one_owner_are_linked_and_strangers_are_not(world: World) -> None:
    connection, found = world
    pairs = linked(connection)
    assert found.linked == len(pairs) >= 18  # the pairs within a card: 3 cards, 6 pairs each
    assert {owners(name) for pair in pairs for name in pair} == {"ring"}


def test_few_pairs_teach_nothing_and_the_fixed_weights_say_so(world: World) -> None:
    assert not world[1].learned
    assert world[1].note.startswith("fixed weights")


def test_neither_order_nor_evidence_nor_a_second_time_changes_a_weight(world: World) -> None:
    # Whatever the evidence columns hold, `links` has none of them; and if it had, none is read.
    connection, found = world
    query = "SELECT * FROM linkage_weights ORDER BY ALL"
    first = connection.sql(query).fetchall()
    assert link(connection) == found
    assert connection.sql(query).fetchall() == first
    prompts: list[Row] = [(f"stranger{n}", "template", "one prompt for all") for n in range(300)]
    other = held([*ROWS[::-1], *prompts])
    assert link(other) == found
    assert other.sql(query).fetchall() == first


def test_fields_of_linkage_alone_are_read() -> None:
    assert all(column(field).use == "linkage" for field in (*FIELDS, CLASS))


def test_the_rarer_a_shared_value_the_more_it_weighs() -> None:
    rows = [(f"a{n}", "payment", f"pair{n // 2}") for n in range(40)]
    rows += [(f"b{n}", "payment", f"ten{n // 10}") for n in range(600)]
    rows += [(f"c{n}", "payment", f"own{n}") for n in range(3000)]
    levels = fixed(hold(held(rows), "links")).levels
    bits = [level.weight for level in levels if level.comparison == "payment"]
    assert bits[0] > bits[1] > 0 > bits[-1]


@pytest.mark.parametrize("field", ["prefix", "payment"])
def test_a_value_of_thousands_pairs_nobody(field: str) -> None:
    # An address of a carrier, a card of a reseller: not one pair more.
    common = [(f"customer{n}", field, "everybody") for n in range(10_000)]
    alone = [(f"customer{n}", "agent", f"agent{n % 7}") for n in range(10_000)]
    few = [(f"ring{n}", field, "a few") for n in range(8)]
    assert hold(held([*common, *alone, *few]), "links").pairs == 8 * 7 / 2


def test_sharing_only_what_is_common_counts_neither_way() -> None:
    rows = [(f"s{n}", "payment", f"card{n // 2}") for n in range(4)]
    rows += [(f"s{n}", "payment", f"own{n}") for n in range(4, 1200)]
    rows += [(f"s{n}", "prefix", "carrier") for n in (0, 1, *range(4, 600))]
    rows += [("s2", "prefix", "here"), ("s3", "prefix", "there")]
    rows += [(f"s{n}", "agent", f"program{n // 2}") for n in range(4)]
    connection = held(rows)
    link(connection)
    query = "SELECT place FROM linkage_weights ORDER BY account_l"
    (same,), (apart,) = connection.sql(query).fetchall()
    assert apart < 0 == same


def test_an_account_with_thousands_of_addresses_keeps_its_rarest() -> None:
    rows = [(name, "prefix", f"net{n}") for name in ("left", "right") for n in range(500)]
    connection = held([*rows, *strangers(100)])
    hold(connection, "links")
    query = "SELECT max(len(prefix)) FROM linkage_records"
    assert connection.sql(query).fetchall() == [(50,)]


def test_hostile_names_are_only_names() -> None:
    odd = "x'); DROP TABLE links; --"
    connection = held([("a", "payment", "1"), (odd, "payment", odd), ("y", "payment", odd)])
    assert link(connection).accounts == 3
    assert connection.table("links").shape[0] == 3


@pytest.mark.slow
def test_weights_are_learned_where_many_pairs_share() -> None:
    rows = strangers(3000)
    for number in range(40):
        rows += pool(f"ring{'abcdefghij'[number % 10]}{'abcd'[number // 10]}", 12, seed=number)
    connection = held(rows)
    found = link(connection)
    assert found.learned, found.note
    pairs = linked(connection)
    false = sum(owners(left) != owners(right) for left, right in pairs)
    # Likelier than not would allow half of them to be wrong; these strangers are easy.
    assert len(pairs) > 40 * 18
    assert false <= len(pairs) / 50
    shares = [level for level in found.levels if level.sql != "ELSE"]
    assert all(level.weight > 0 for level in shares if level.says in found.learned)
