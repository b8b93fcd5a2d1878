"""Any model that Inspect AI has a provider for. Start with `model`."""

from assay.models.inspect.model import InspectModel

__all__ = ["InspectModel"]
