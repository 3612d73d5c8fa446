"""Spans of jobs and steps for OpenTelemetry, where the standard variables name a collector.

The engine makes them: identities of jobs and names of steps, no inputs and no results.
"""

import sys
from collections.abc import Mapping
from typing import Any

from bot.errors import ArchitraveError

_ENDPOINT, _TRACES = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
_FLUSH_MILLISECONDS = 2000


def options(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the engine is given for it; nothing without a collector.

    Raises `ArchitraveError` where one is named and the packages are missing.
    """
    # As the specification has it: the general one is completed, the one for traces is not.
    base = environ.get(_ENDPOINT, "").strip().rstrip("/")
    endpoint = environ.get(_TRACES, "").strip() or (f"{base}/v1/traces" if base else "")
    if not endpoint:
        return {}
    try:
        import opentelemetry.exporter.otlp.proto.http.trace_exporter
        import opentelemetry.sdk.trace  # noqa: F401 - whether they are there
    except ImportError as error:
        raise ArchitraveError(
            f"{_TRACES if environ.get(_TRACES) else _ENDPOINT} is set, but OpenTelemetry is not installed",
            "Run `pip install 'architrave[otel]'`, or unset it.",
        ) from error
    return {
        "enable_otlp": True,
        "otlp_traces_endpoints": [endpoint],
        "otel_attribute_format": "semconv",
    }


def flush() -> None:
    """Send what has not been sent; the process ends."""
    if "opentelemetry.sdk.trace" in sys.modules:
        from opentelemetry import trace

        provider: Any = trace.get_tracer_provider()
        if hasattr(provider, "force_flush"):
            provider.force_flush(_FLUSH_MILLISECONDS)
