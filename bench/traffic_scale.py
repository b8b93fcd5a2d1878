"""What do features of request logs cost, against the least that reading them costs?

    python bench/traffic_scale.py 1e6                 one size
    python bench/traffic_scale.py 1e6 1e7 1e8         growth

Logs are drawn inside DuckDB: accounts with a heavy tail, 33 columns, a week, one Parquet file a
million rows; after the first, the same million under other names. The bare pass reads the same
columns and groups by account and day, in the same engine with the same limits, turn about with
the features, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import ibis

from assay.traffic.engines import DuckDB, limit
from assay.traffic.warehouse import PREFIX, STEPS, derive

GOAL = 6.0
CHUNK = 1_000_000
START = "1767225600000000"  # the first of January 2026, in microseconds
READ = (
    "org", "created", "tier", "quota", "payment", "email", "vetted", "harness", "model",
    "input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens", "status", "finish",
    "stream", "temperature", "session", "tools", "template", "prefix", "asn", "agent", "tls",
)  # fmt: skip
"""Columns that the features read, besides account and time."""
DRAW = """
COPY (
  WITH drawn AS (
    SELECT i, least(floor({accounts} * pow(random(), 3))::BIGINT, {accounts} - 1)
      AS a, random() AS u, random() AS v, random() AS w, random() AS x, random() AS y
    FROM range({rows}) AS numbers(i)
  ), placed AS (
    SELECT *, floor(u * 604800)::BIGINT AS s FROM drawn
  )
  SELECT md5('r' || i) AS request,
    make_timestamp({start} + s * 1000000 + floor(v * 1e6)::BIGINT) AS time,
    md5('a' || a) AS account, md5('o' || a // 3) AS org,
    make_timestamp({start} - (hash(a) % 60000000)::BIGINT * 1000000) AS created,
    ['free', 'pro', 'team'][1 + a % 3] AS tier, 10000::BIGINT AS quota,
    md5('p' || a // 2) AS payment, ['free', 'company', 'university'][1 + a % 3] AS email,
    NULL::VARCHAR AS vetted,
    'chat' AS operation, 'model-' || (a + floor(w * 3)::BIGINT) % 6 AS model,
    (500 + 2000 * x)::BIGINT AS input_tokens, exp(4 + 3 * y)::BIGINT AS output_tokens,
    (CASE WHEN w < 0.3 THEN 500 * x END)::BIGINT AS reasoning_tokens,
    (200 * w)::BIGINT AS cached_tokens, 2 + 5 * y AS duration,
    CASE WHEN v < 0.97 THEN 200 WHEN v < 0.99 THEN 429 ELSE 500 END::BIGINT AS status,
    CASE WHEN w < 0.99 THEN 'stop' ELSE 'content_filter' END AS finish, w < 0.5 AS stream,
    CASE WHEN x < 0.2 THEN 0 ELSE 0.7 END::DOUBLE AS temperature, 4096::BIGINT AS max_tokens,
    md5('s' || a || '-' || s // 7200 || '-' || floor(w * 3)) AS session, md5('k' || a % 7) AS tools,
    CASE WHEN x < 0.2 THEN md5('u' || i) ELSE md5('t' || a || '-' || floor(x * 9)) END AS template,
    NULL::UBIGINT[] AS blocks, NULL::UBIGINT[] AS sketch,
    md5('n' || a || '-' || floor(y * 3)) AS prefix, md5('z' || a % 500) AS asn,
    'hosting' AS network, md5('g' || a % 40) AS agent, 'sdk' AS harness, md5('j' || a % 60) AS tls
  FROM placed
) TO '{file}' (FORMAT parquet)
"""


NAMES = ("request", "account", "org", "payment", "session", "template", "prefix")


def draw(folder: Path, rows: int) -> None:
    """Write a log of so many rows: 200 a week for each account, most by few of them."""
    chunk = min(CHUNK, rows)
    first = folder / "0.parquet"
    with duckdb.connect() as connection:
        limit(connection)
        connection.execute("SELECT setseed(0.5)")
        connection.execute(
            DRAW.format(rows=chunk, accounts=max(10, chunk // 200), start=START, file=first)
        )
        for number in range(1, rows // chunk):
            renamed = ", ".join(f"'{number:x}-' || substr({n}, 4) AS {n}" for n in NAMES)
            connection.execute(
                f"COPY (SELECT * REPLACE ({renamed}) FROM '{first}')"  # noqa: S608 - own words
                f" TO '{folder}/{number}.parquet' (FORMAT parquet)"
            )


def bare(connection: duckdb.DuckDBPyConnection) -> None:
    """Read the columns once, group by account and day, and keep one number of each."""
    least = ", ".join(f"max({column}) AS {column}" for column in READ)
    connection.execute(
        f"CREATE TABLE least AS SELECT account, time::DATE AS day, count(*) AS n, {least}"  # noqa: S608
        " FROM requests GROUP BY account, day"
    )


class Timed(DuckDB):
    """Notes what each table costs, in seconds of processors."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, costs: dict[str, float]) -> None:
        super().__init__(connection)
        self.costs = costs

    def create(self, name: str, expression: ibis.Table) -> None:
        """Compute an expression into a table."""
        before = time.process_time()
        super().create(name, expression)
        self.costs[name] = time.process_time() - before


def measure(what: str, folder: Path, memory_gib: float) -> dict[str, float]:
    """Run one pass in this process and say what it cost: seconds, and bytes held at most."""
    costs: dict[str, float] = {}
    with duckdb.connect() as connection:
        limit(connection, memory_gib=memory_gib, spill=folder / "spill")
        connection.execute("ATTACH ':memory:' AS logs (COMPRESS)")  # as a scan does
        connection.execute("USE logs")
        connection.execute(f"CREATE VIEW requests AS FROM '{folder}/*.parquet'")
        began, wall = time.process_time(), time.perf_counter()
        if what == "bare":
            bare(connection)
        else:
            derive(Timed(connection, costs))
        costs |= {"cpu": time.process_time() - began, "wall": time.perf_counter() - wall}
    return costs | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0}


def apart(what: str, folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """Measure in a process of its own, whose memory nobody else has touched."""
    command = [sys.executable, __file__, "--measure", what, "--folder", str(folder)]
    command += ["--memory", str(options.memory)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    costs: dict[str, float] = json.loads(done.stdout)
    return costs


def compare(rows: int, folder: Path, options: argparse.Namespace) -> None:
    """Print what the two cost, turn about; the least of each is compared."""
    draw(folder, rows)
    held = sum(file.stat().st_size for file in folder.glob("*.parquet"))
    runs = [
        (apart("bare", folder, options), apart("all", folder, options))
        for _ in range(options.repeats)
    ]
    least, every = (min((run[i] for run in runs), key=lambda run: run["cpu"]) for i in (0, 1))
    ratio = every["cpu"] / least["cpu"]
    print(f"{rows:,} rows, {held / rows:.0f} bytes a row in Parquet")
    for name, costs in (("bare", least), ("features", every)):
        spent = f"{costs['cpu']:8.1f} CPU s, {1e6 * costs['cpu'] / rows:.2f} a million rows"
        print(f"  {name:8} {spent}; {costs['wall']:.1f} s; peak {costs['peak'] / 2**30:.2f} GiB")
    print(f"  ratio {ratio:.2f} (goal at most {GOAL:g})")
    steps = ", ".join(f"{step} {1e6 * every[PREFIX + step] / rows:.2f}" for step in STEPS)
    print(f"  CPU s a million rows: {steps}")


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(description="what features of request logs cost")
    parser.add_argument("rows", nargs="*", type=float, default=[1e6])
    parser.add_argument("--memory", type=float, default=8.0, help="GiB for DuckDB")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to put the logs")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.folder, options.memory)))
        return
    for rows in options.rows:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            compare(int(rows), Path(folder), options)


if __name__ == "__main__":
    main()
