"""Which forms are known, in the order in which a file is asked for them."""

from __future__ import annotations

from assay.traffic.adapters.form import Form
from assay.traffic.adapters.helicone import HELICONE
from assay.traffic.adapters.langfuse import LANGFUSE
from assay.traffic.adapters.litellm import LITELLM
from assay.traffic.adapters.otlp import OTLP, OTLP_TABLE
from assay.traffic.adapters.ours import OURS

__all__ = ["FORMS"]

FORMS: tuple[Form, ...] = (OURS, LITELLM, OTLP, OTLP_TABLE, LANGFUSE, HELICONE)
