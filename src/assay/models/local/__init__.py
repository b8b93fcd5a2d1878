"""Models whose weights lie on this disk, through transformers: the only place that loads torch."""

from assay.models.local.model import LocalModel

__all__ = ["LocalModel"]
