"""What is asked for, in numbers: lengths, templates, tools, sessions. The same for honest and not.

A relay hands on what real users ask, a campaign may look like a chat: so content is one matter,
and who sends it through which accounts another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.traffic.simulate.draws import Records
from assay.traffic.simulate.shapes import GAPS, HUMAN, LENGTHS
from assay.traffic.simulate.stage import BENCHMARKS, Stage

__all__ = ["agents", "benchmarks", "chat", "coding", "prompts", "thinking"]


def chat(stage: Stage, sources: Records) -> None:
    """Conversations of a person: mostly through an application with a prompt of its own."""
    count = len(sources)
    through_app = stage.chance(0.65, count)
    sources["base"] = stage.popular(stage.chats, count)
    sources["templates"] = np.where(through_app, 1, -1)
    sources["template_tokens"] = np.where(through_app, 700, 0)
    sources["lengths"], sources["growth"] = LENGTHS["chat"], 350
    sources["input"], sources["output"] = 0.4, 1
    sources["turns"], sources["gap"] = stage.spread(3, 0.4, count), stage.spread(45, 0.5, count)
    sources["rate"] = stage.spread(1.5, 0.8, count)
    sources["days_on"], sources["moods"] = stage.rng.beta(1.5, 1.8, count), 0.5
    sources["streams"], sources["talks"], sources["caches"] = 1, True, 0.3
    sources["thinks"] = np.where(stage.chance(0.25, count), stage.rng.beta(1, 2, count), 0)


def coding(stage: Stage, sources: Records) -> None:
    """Sessions of a coding assistant: tools, long contexts, much from the cache."""
    count = len(sources)
    sources["base"] = stage.popular(stage.tools, count)
    sources["tools"] = sources["base"] + np.uint64(1)
    sources["templates"], sources["template_tokens"] = 1, 9_000
    sources["lengths"], sources["growth"] = LENGTHS["coding"], 900
    sources["turns"], sources["gap"] = stage.spread(10, 0.6, count), stage.spread(12, 0.4, count)
    sources["gaps"] = GAPS["agent"]
    sources["rate"], sources["profile"] = stage.spread(2, 0.7, count), HUMAN["office"]
    sources["days_on"], sources["moods"] = stage.rng.beta(3, 1.5, count), 0.5
    sources["streams"], sources["talks"], sources["caches"] = 1, True, 0.92
    sources["max_tokens"], sources["temperature"] = 32_000, 1
    sources["thinks"] = np.where(stage.chance(0.5, count), stage.rng.beta(2, 2, count), 0)


def prompts(stage: Stage, sources: Records, lengths: str = "service") -> None:
    """Requests of a program: a fixed prompt or a few, something filled in, no session."""
    count = len(sources)
    sources["base"] = stage.fresh(count)
    sources["templates"] = stage.rng.choice((1, 1, 1, 2, 3, 8), count)
    sources["template_tokens"] = stage.spread(900, 0.8, count)
    sources["lengths"], sources["turns"] = LENGTHS[lengths], 1
    sources["temperature"] = stage.rng.choice((np.nan, 0, 0.2, 0.7, 1), count)
    sources["max_tokens"] = stage.rng.choice((0, 512, 1024, 4096), count)
    sources["streams"] = stage.chance(0.3, count)
    sources["caches"] = np.where(stage.chance(0.5, count), 0.8, 0)
    sources["embeds"] = np.where(stage.chance(0.1, count), 0.4, 0)
    sources["tools"] = np.where(stage.chance(0.2, count), stage.fresh(count), 0)


def agents(stage: Stage, sources: Records) -> None:
    """Jobs of a fleet: one harness, one set of tools, many steps."""
    coding(stage, sources)
    count = len(sources)
    own = stage.chance(0.7, count)
    sources["base"][own] = stage.fresh(count)[own]
    sources["tools"] = sources["base"] + np.uint64(1)
    sources["template_tokens"] = stage.spread(4_000, 0.5, count)
    sources["days_on"], sources["moods"] = 1, 0.3
    sources["rate"], sources["cv"] = stage.spread(2.2, 0.7, count), 1.5
    sources["streams"] = 0
    sources["profile"] = np.where(stage.chance(0.5, count), HUMAN["office"], HUMAN["always"])


def benchmarks(stage: Stage, sources: Records) -> None:
    """Runs through whole benchmarks: temperature 0, a fixed template, many models, in bursts.

    The pauses are those of real harnesses, recorded against a scripted server.
    """
    count = len(sources)
    sources["benchmarks"], sources["most"] = True, max(BENCHMARKS)
    sources["base"] = stage.popular(stage.suites, count)
    sources["templates"], sources["template_tokens"] = 6, 450
    sources["lengths"] = LENGTHS["benchmark"]
    recorded = len(stage.shapes.gaps) - len(GAPS)
    sources["gaps"] = len(GAPS) + stage.rng.integers(0, recorded, count)
    sources["gap"] = stage.spread(8, 0.5, count) / stage.rng.choice((1, 8, 10, 32), count)
    sources["rate"], sources["profile"] = stage.spread(0.07, 0.6, count), HUMAN["office"]
    sources["temperature"] = stage.rng.choice((0, 0, 0, 0.6, 1), count)
    sources["max_tokens"] = stage.rng.choice((256, 512, 2048, 16_384), count)
    sources["second_share"] = 0.6
    sources["throttle"] = 0.01
    thinks = stage.chance(0.4, count)
    thinking(sources, thinks)


def thinking(sources: Records, which: NDArray[np.bool_] | None = None) -> None:
    """Ask for long reasoning, all of these sources or some: short in, long out."""
    some = np.ones(len(sources), bool) if which is None else which
    sources["thinks"][some] = 0.95
    sources["lengths"][some] = LENGTHS["reasoning"]
