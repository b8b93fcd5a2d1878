"""From requests to rows of the log: the schema's columns, and no more than a provider would see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay.traffic.schema import COLUMNS, Column
from assay.traffic.simulate.cast import EMAILS, HARNESSES, NETWORKS, TIERS, Cohort, Looked, apart
from assay.traffic.simulate.draws import Hashes, Ints, hexadecimal, keyed, share
from assay.traffic.simulate.routing import Requests
from assay.traffic.simulate.sizes import FINISHES, Sizes, sizes
from assay.traffic.simulate.stage import MODELS, NEWEST, Stage

__all__ = ["SCHEMA", "Rows"]

BATCH = 65_536
BLOCK, MOST_BLOCKS = 512, 8
"""Tokens of a block, and how many blocks of a prompt are kept."""
SKETCH = 8
OPERATIONS = ("chat", "embeddings")
TIES = ("org", "payment", "tls")
BY_ACCOUNT = ("account", *TIES)
"""Tokens that belong to an account: written once, then numbers that point to them."""
WORD = pa.dictionary(pa.int32(), pa.string())


def _type(column: Column) -> pa.DataType:
    if column.kind == "token":
        return WORD if column.name in BY_ACCOUNT else pa.string()
    return {
        "time": pa.timestamp("us", tz="UTC"), "label": WORD, "count": pa.int64(),
        "number": pa.float64(), "yes": pa.bool_(), "hashes": pa.list_(pa.uint64()),
    }[column.kind]  # fmt: skip


SCHEMA = pa.schema([(one.name, _type(one)) for one in COLUMNS])
"""Every column of `traffic.schema`, by its short name."""


class Rows:
    """How does each request look in the log?

    Parameters
    ----------
    cohort
        Accounts and sources.
    stage
        Names, release, lengths.
    start
        When the log begins, in UTC.
    secret
        Keys all tokens, so that they tell nothing but equality.
    """

    def __init__(self, cohort: Cohort, stage: Stage, start: datetime, secret: int) -> None:
        self.stage, self.secret = stage, secret
        self.start = int(start.timestamp() * 1_000_000)
        accounts = cohort.accounts
        self.sources, self.accounts = apart(cohort.sources), apart(accounts)
        self.names = keyed(secret, np.arange(len(accounts)))
        hidden = {name: self._hidden(salt, accounts[name]) for salt, name in enumerate(TIES, 61)}
        tokens = {"account": self.names} | hidden
        self.tokens = {name: _coded(values) for name, values in tokens.items()}
        words = ("", *sorted(set(accounts["kind"])))
        seen = np.where(accounts["vetted"], np.searchsorted(words, accounts["says"]), 0)
        self.vetted, self.kinds = seen.astype(np.int32), words

    def _hidden(self, salt: int, values: Hashes) -> Hashes:
        """Key a token; 0 stands for none, and stays."""
        return np.where(values == 0, values, keyed(self.secret, salt, values))

    def batches(self, asked: Requests, rng: np.random.Generator) -> Iterator[pa.RecordBatch]:
        """Write all rows in order of time, some at a time."""
        for low in range(0, len(asked.time), BATCH):
            yield self.batch(asked[slice(low, low + BATCH)], low, rng)

    def batch(self, asked: Requests, number: int, rng: np.random.Generator) -> pa.RecordBatch:
        """Write some rows; `number` is that of the first one in the log."""
        by, who = (
            Looked(self.sources, asked.source),
            Looked(self.accounts, asked.account),
        )
        row = number + np.arange(len(asked.time))
        drawn = sizes(asked, by, self.stage.shapes, rng)
        made = self._identity(asked, row) | self._account(asked, who)
        made |= self._measured(asked, drawn) | self._asked(asked, by, drawn)
        made |= self._prompt(asked, by, row, drawn) | self._network(asked, who)
        return pa.record_batch([made[name] for name in SCHEMA.names], schema=SCHEMA)

    def _identity(self, asked: Requests, row: Ints) -> dict[str, pa.Array]:
        time = self.start + np.floor(asked.time * 1000).astype(np.int64) * 1000
        return {
            "request": hexadecimal(keyed(self.secret, 1, row)),
            "time": pa.array(time).cast(SCHEMA.field("time").type),
        }

    def _account(self, asked: Requests, who: Looked) -> dict[str, pa.Array]:
        made = {
            name: _point(codes[asked.account], names, names[0].as_py() == "0" * 16)
            for name, (codes, names) in self.tokens.items()
        }
        created = self.start + (who["created"] * 1e6).astype(np.int64)
        return made | {
            "created": pa.array(created).cast(SCHEMA.field("created").type),
            "tier": _label(who["tier"], TIERS),
            "quota": pa.array(who["quota"]),
            "email": _label(who["email"], EMAILS),
            "harness": _label(who["harness"], HARNESSES),
            "vetted": _point(self.vetted[asked.account], pa.array(self.kinds), hollow=True),
        }

    def _measured(self, asked: Requests, drawn: Sizes) -> dict[str, pa.Array]:
        failed = asked.status != 200
        counted = {
            "input_tokens": drawn.input, "output_tokens": drawn.output,
            "reasoning_tokens": drawn.reasoning, "cached_tokens": drawn.cached,
        }  # fmt: skip
        return {name: pa.array(values, mask=failed) for name, values in counted.items()} | {
            "duration": pa.array(np.where(failed, 0.05, drawn.duration)),
            "status": pa.array(asked.status.astype(np.int64)),
            "finish": _label(drawn.finish, FINISHES, failed),
            "operation": _label(drawn.embeds, OPERATIONS),
        }

    def _asked(self, asked: Requests, by: Looked, drawn: Sizes) -> dict[str, pa.Array]:
        temperature, most = by["temperature"].astype(float), by["max_tokens"]
        return {
            "model": _label(self._model(asked, by), MODELS),
            "stream": pa.array((share(keyed(21, asked.session)) < by["streams"]) & ~drawn.embeds),
            "temperature": pa.array(temperature, mask=np.isnan(temperature)),
            "max_tokens": pa.array(most, mask=most == 0),
            "session": hexadecimal(keyed(self.secret, 2, asked.session), ~by["talks"]),
            "tools": hexadecimal(keyed(self.secret, 3, by["tools"]), by["tools"] == 0),
        }

    def _model(self, asked: Requests, by: Looked) -> Ints:
        """Which model does each session ask? The new one, once its source has moved."""
        usual = share(keyed(22, asked.session)) < by["second_share"]
        model = np.where(usual, by["second"], by["model"])
        moved = asked.time >= self.stage.release + by["moves_after"]
        return np.where(moved & (share(keyed(23, asked.session)) < by["move"]), NEWEST, model)

    def _prompt(self, asked: Requests, by: Looked, row: Ints, drawn: Sizes) -> dict[str, pa.Array]:
        """Sketch the prompt: its template, its blocks, its words, all of them hashes."""
        own = np.where(by["talks"], keyed(31, asked.session), keyed(32, row))
        variants = by["templates"]
        chosen = np.floor(np.maximum(variants, 1) * share(keyed(33, own)) ** 1.5)
        fixed = keyed(by["base"], chosen.astype(np.int64))
        template = np.where(variants > 0, fixed, keyed(34, own))
        tokens = np.where(variants > 0, by["template_tokens"], 0)
        return {
            "template": hexadecimal(keyed(self.secret, 4, template)),
            "blocks": self._blocks(template, own, tokens, drawn.input),
            "sketch": self._sketch(by["base"], template, row, tokens / drawn.input),
        }

    def _blocks(self, template: Hashes, own: Hashes, tokens: Ints, read: Ints) -> pa.Array:
        """Hash the prompt up to each block's end: equal as far as two prompts are."""
        count = np.clip(read // BLOCK, 0, MOST_BLOCKS)
        offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
        of = np.repeat(np.arange(len(read)), count)
        place = np.arange(len(of)) - offsets[of]
        shared = (place + 1) * BLOCK <= tokens[of]
        values = keyed(self.secret, 5, place, np.where(shared, template[of], own[of]))
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))

    def _sketch(self, base: Hashes, template: Hashes, row: Ints, common: NDArray[Any]) -> pa.Array:
        """Draw a MinHash: each place comes from the template's words as often as those are of all.

        Variants of one template share nine words of ten.
        """
        place = np.arange(SKETCH)
        lot = share(keyed(41, place, row[:, None]))
        nearly = lot * 10 < common[:, None] * 9
        words = np.where(nearly, base[:, None], template[:, None])
        words = np.where(lot < common[:, None], words, keyed(42, row)[:, None])
        values = keyed(self.secret, 6, place, words).ravel()
        offsets = np.arange(0, SKETCH * len(row) + 1, SKETCH, dtype=np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))

    def _network(self, asked: Requests, who: Looked) -> dict[str, pa.Array]:
        """Say where it came from: home, the other network, or one of many rented addresses."""
        lot = keyed(51, asked.session)
        away = share(lot) < who["away"]
        rented = who["proxies"] > 0
        address = keyed(52, lot % np.maximum(who["proxies"], 1).astype(np.uint64))
        prefix = np.where(rented, address, np.where(away, who["other_prefix"], who["prefix"]))
        carriers = self.stage.carriers
        asn = np.where(away, who["other_asn"], who["asn"])
        asn = np.where(rented, carriers[(address % np.uint64(60)).astype(np.int64)], asn)
        updated = asked.time >= who["update"]
        handed = keyed(self.stage.clients[(lot % np.uint64(40)).astype(np.int64)], 0)
        agent = np.where(who["passes"], handed, keyed(who["client"], updated))
        return {
            "prefix": hexadecimal(keyed(self.secret, 7, prefix)),
            "asn": hexadecimal(keyed(self.secret, 8, asn)),
            "network": _label(np.where(away, who["other_network"], who["network"]), NETWORKS),
            "agent": hexadecimal(keyed(self.secret, 9, agent)),
        }


def _label(
    codes: NDArray[Any], words: Sequence[str], absent: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Point each row to one of a few words."""
    indices = pa.array(codes.astype(np.int32), mask=absent)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words))


def _coded(values: Hashes) -> tuple[Ints, pa.Array]:
    """Return a number for each account, and the tokens they stand for, in order of tokens."""
    distinct, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int32), hexadecimal(distinct)


def _point(codes: Ints, words: pa.Array, hollow: bool) -> pa.Array:  # noqa: FBT001 - a fact
    """Point each row to a token; where the first one is hollow, it stands for none."""
    indices = pa.array(codes - hollow, mask=(codes == 0) if hollow else None)
    return pa.DictionaryArray.from_arrays(indices, words[1:] if hollow else words)
