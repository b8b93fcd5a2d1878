"""Where do a model's answers come from: learned, leaked or lifted?

Start reading at `assay.examination.loop`.
"""

from typing import TYPE_CHECKING, Any

from assay.core.loading import load_attribute

if TYPE_CHECKING:
    from assay.examination import examine
    from assay.formats.benchmarks import open_benchmark
    from assay.formats.splits import split
    from assay.models.names import open_model

__all__ = ["examine", "open_benchmark", "open_model", "split"]

WHERE = {
    "examine": "assay.examination:examine",
    "open_benchmark": "assay.formats.benchmarks:open_benchmark",
    "open_model": "assay.models.names:open_model",
    "split": "assay.formats.splits:split",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the table names
    """Load a public name when it is first used: importing Assay loads nothing heavy."""
    if name not in WHERE:
        raise AttributeError(f"module 'assay' has no attribute {name!r}")
    return load_attribute(WHERE[name])
