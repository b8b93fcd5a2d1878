"""Sketches of prompts: equal where texts are, close to the truth where they estimate, and mute."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import random
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest
from tests.traffic.logs import NOW, START, column, write

from assay.cli import run
from assay.core.errors import BadFormat
from assay.traffic.keyed import HEX, install_keyed, keyed
from assay.traffic.load import read
from assay.traffic.sketch import (
    BLOCK,
    HASHES,
    WORDS,
    EpochKey,
    Prompt,
    read_prompts,
    resemblance,
    sketch_of,
)
from assay.traffic.theta import distinct, shared, theta, united

KEY = EpochKey(b"k" * 32, "2026-W20")


def sketched(text: str, key: EpochKey = KEY, tools: tuple[str, ...] = ()) -> dict[str, list[int]]:
    made = sketch_of(Prompt("a", text, tools), key)
    return {
        name: [int(one) for one in made[f"assay.prompt.{name}"]]  # type: ignore[attr-defined]
        for name in ("blocks", "sketch")
    }


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a test's


def words(rng: random.Random, count: int) -> list[str]:
    return [f"w{rng.randrange(10_000)}" for _ in range(count)]


def test_blocks_are_equal_as_far_as_texts_are() -> None:
    rng = seeded(1)
    for _ in range(200):
        one = "".join(rng.choices("ab cé\n", k=rng.randrange(1, 4 * BLOCK)))
        cut = rng.randrange(len(one) + 1)
        other = one[:cut] + "".join(rng.choices("XY", k=rng.randrange(2 * BLOCK)))
        first, second = sketched(one)["blocks"], sketched(other)["blocks"]
        same = [x == y for x, y in zip(first, second, strict=False)]
        ends = [min((i + 1) * BLOCK, len(one)) for i in range(len(same))]
        truth = [
            one[:end] == other[: min((i + 1) * BLOCK, len(other))] for i, end in enumerate(ends)
        ]
        assert same == truth
        assert (first == second) == (one == other)
        assert len(first) == -(-len(one) // BLOCK)


def test_another_epoch_or_key_has_nothing_in_common() -> None:
    text = " ".join(words(seeded(2), 400))
    keys = [KEY, EpochKey(b"k" * 32, "2026-W21"), EpochKey(b"K" * 32, "2026-W20")]
    sketches = [sketched(text, key) for key in keys]
    assert len({key.id for key in keys}) == 3
    for name in ("blocks", "sketch"):
        numbers = [number for one in sketches for number in one[name]]
        assert len(set(numbers)) == len(numbers)
    templates = {sketch_of(Prompt("a", text, ()), key)["assay.prompt.template"] for key in keys}
    assert len(templates) == 3


def test_a_template_is_the_first_block() -> None:
    fixed = "x" * BLOCK
    one, two, three = (
        sketch_of(Prompt("a", text, ()), KEY) for text in (f"{fixed} one", f"{fixed} two", "y")
    )
    name = "assay.prompt.template"
    assert one[name] == two[name] != three[name]
    assert sketch_of(Prompt("a", "", ()), KEY)[name] is None


def test_minhash_estimates_the_resemblance() -> None:
    """60 pairs of known resemblance j: the errors are those of 64 draws each.

    The mean error over 60 pairs has the standard deviation sqrt(j(1-j)/64/60) <= .0081; 4 of them
    are .033. Single errors are held to 5 standard deviations of a pair.
    """
    rng, errors = seeded(3), []
    for _ in range(60):
        common, mine, yours = (words(rng, rng.randrange(50, 400)) for _ in range(3))
        one, two = common + mine, common + yours
        runs = [{tuple(t[i : i + WORDS]) for i in range(len(t) - WORDS + 1)} for t in (one, two)]
        j = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
        found = resemblance(sketched(" ".join(one))["sketch"], sketched(" ".join(two))["sketch"])
        assert abs(found - j) < 5 * (max(j * (1 - j), 0.05) / HASHES) ** 0.5
        errors.append(found - j)
    assert abs(np.mean(errors)) < 0.033


def test_minhash_of_few_words() -> None:
    assert sketched("")["sketch"] == sketched("!?")["sketch"] == []
    assert resemblance(sketched("Hello, World")["sketch"], sketched("hello world!")["sketch"]) == 1
    assert len(set(sketched("hello")["sketch"])) == HASHES


def test_theta_sketches_count_and_overlap() -> None:
    """Exact below 4,096 values; above, within 5 standard errors of 1.6 % (of the union)."""
    few = theta(f"t{i}" for i in range(3000))
    assert distinct(few).estimate == distinct(united([few, few])).estimate == 3000
    sets = [range(40_000), range(30_000, 70_000), range(39_000, 50_000)]
    sketches = [theta(f"t{i}" for i in one) for one in sets]
    truth = [distinct(one).estimate / len(r) for one, r in zip(sketches, sets, strict=True)]
    assert all(abs(ratio - 1) < 5 / 64 for ratio in truth)
    assert abs(distinct(united(sketches)).estimate / 70_000 - 1) < 5 / 64
    both = shared(sketches[:2])
    assert abs(both.estimate - 10_000) < 5 / 64 * 70_000
    assert both.low < 10_000 < both.high
    assert shared([few, theta(["other"])]).estimate == 0


def test_messages_have_one_text() -> None:
    def text(**said: object) -> str:
        (one,) = read_prompts([json.dumps({"id": 1, **said}).encode()], "x")
        return one.text

    plain = [{"role": "user", "content": "Hi"}]
    parts = [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]
    assert text(messages=plain) == text(messages=parts)
    assert text(messages=plain) != text(messages=[{"role": "system", "content": "Hi"}])
    assert text(messages=plain) != text(messages=[{"role": "user", "content": "Hi", "name": "a"}])
    image = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}]
    assert text(messages=image) != text(messages=[{"role": "user", "content": []}])
    (one,) = read_prompts([b'{"id": "a", "text": "", "tools": [{"b": 1, "a": 2}, {"c": 3}]}'], "x")
    (two,) = read_prompts([b'{"id": "a", "text": "", "tools": [{"c": 3}, {"a": 2, "b": 1}]}'], "x")
    name = "assay.prompt.tools"
    assert sketch_of(one, KEY)[name] == sketch_of(two, KEY)[name] is not None


@pytest.mark.parametrize(
    "line",
    [
        b"secret", b"[]", b'{"text": "secret"}', b'{"id": {}, "text": "secret"}', b'{"id": "a"}',
        b'{"id": "a", "text": 7}', b'{"id": "a", "messages": "secret"}', b'{"id": "\xff"}',
        b'{"id": "a", "text": "\\ud800"}', b'{"id": "a", "text": "secret", "tools": 3}',
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_without_showing_it(line: bytes) -> None:
    with pytest.raises(BadFormat, match="x:2") as caught:
        list(read_prompts([b'{"id": "a", "text": "fine"}', line], "x"))
    assert "secret" not in str(caught.value)


def test_what_the_gateway_keeps_is_read_by_the_scan(tmp_path: Path) -> None:
    """From the command's output, joined to a log by its request, to the columns of a scan."""
    (tmp_path / "key").write_text("k" * 40)
    secret = "confidential " * 60
    prompts = [{"id": f"r{i}", "text": secret + str(i)} for i in range(3)]
    given = "\n".join(json.dumps(one) for one in prompts)
    command = [sys.executable, "-m", "assay", "traffic", "sketch", "--epoch", "w1"]
    done = subprocess.run(
        [*command, "--key", str(tmp_path / "key")],
        input=given, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "confidential" not in done.stdout + done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    log = [
        row | {"time": str(START), "account": "a" * 32, "gen_ai.request.model": "m"} for row in rows
    ]
    loaded = read([write(tmp_path / "log.jsonl", log)], now=NOW)
    assert column(loaded, "blocks") == [
        [int(x) for x in row["assay.prompt.blocks"]] for row in rows
    ]
    first = {blocks[0] for blocks in column(loaded, "blocks")}
    assert len(first) == len(set(column(loaded, "template"))) == 1
    assert len(column(loaded, "sketch")[0]) == HASHES


def test_the_noun_lists_its_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["traffic"]) == 0
    assert "assay traffic sketch" in capsys.readouterr().out
    assert run(["traffic", "skech"]) == 2
    assert "Did you mean 'sketch'" in capsys.readouterr().err


def test_duckdb_hashes_as_python_does() -> None:
    for key in (b"k" * 16, b"x" * 64, b"y" * 200):
        with duckdb.connect() as connection:
            install_keyed(connection, key)
            for value in ("", "alice", "é\x00\x1f", "z" * 5000):
                row = connection.execute("SELECT keyed('account', ?)", [value]).fetchone()
                said = f"account\x1f{value}".encode()
                assert row == (hmac.new(key, said, hashlib.sha256).hexdigest()[:HEX],)
                assert row == (keyed(key, "account", value),)
            assert connection.execute("SELECT keyed('account', NULL)").fetchone() == (None,)


def test_addresses_become_their_networks() -> None:
    rng, expected = seeded(4), dict.fromkeys(("gateway", "a:b", "1.2.3", "0a" * 16, ""))
    for _ in range(300):
        bits = [rng.getrandbits(16) * (rng.random() < 0.5) for _ in range(8)]
        six = ipaddress.IPv6Address(sum(b << 16 * i for i, b in enumerate(bits)))
        four = ipaddress.IPv4Address(rng.getrandbits(32))
        for said in (str(six), six.exploded, f"[{six}]:443", f"{six}%eth0", str(six).upper()):
            network = ipaddress.ip_network((int(six), 48), strict=False)
            expected[said] = f"{network.network_address.exploded[:14]}::/48"
        for said in (str(four), f"{four}:80", f"::ffff:{four}", f"{four}, 10.0.0.1"):
            expected[said] = str(ipaddress.ip_network((int(four), 24), strict=False))
    with duckdb.connect() as connection:
        install_keyed(connection, b"k" * 16)
        connection.execute("CREATE TABLE said AS SELECT unnest(?) AS said", [list(expected)])
        rows = connection.execute("SELECT said, subnet(said) FROM said").fetchall()
    found = {said: _exploded(network) for said, network in rows}
    assert found == expected


def _exploded(network: str | None) -> str | None:
    """Write an IPv6 network in one way only."""
    if network is None or ":" not in network:
        return network
    return f"{ipaddress.ip_network(network).network_address.exploded[:14]}::/48"
