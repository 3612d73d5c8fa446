"""OpenTelemetry: off without a collector, told apart when it cannot be, and spans where it can."""

import builtins
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from service_world import HEAD, world

from bot.errors import ArchitraveError
from webhooks import tracing


def test_without_a_collector_nothing_is_traced():
    assert tracing.options({}) == tracing.options({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}) == {}


def test_a_collector_without_the_packages_is_said(monkeypatch):
    import_ = builtins.__import__

    def missing(name, *arguments):
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return import_(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ArchitraveError, match="OTEL_EXPORTER_OTLP_ENDPOINT is set") as raised:
        tracing.options({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"})
    assert "architrave[otel]" in raised.value.hint


def test_the_standard_variables_are_read_as_the_standard_has_it():
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    general = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/"}
    assert tracing.options(general)["otlp_traces_endpoints"] == ["http://collector:4318/v1/traces"]
    own = general | {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://traces/x"}
    assert tracing.options(own)["otlp_traces_endpoints"] == ["http://traces/x"]


def test_jobs_and_steps_are_spans(tmp_path):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    bodies = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, args=(0.05,)).start()
    try:
        more = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        with world(tmp_path, **more) as at:
            at.service.start()
            at.hub.open(at.repo, HEAD)
            at.tell()
            at.settle()
            wanted = (b"reviews", b"review:acme/shop#1:000001")
            at.service.wait(lambda: all(any(w in body for _, body in bodies) for w in wanted))
    finally:
        server.shutdown()
        server.server_close()
    assert {path for path, _ in bodies} == {"/v1/traces"}
    everything = b"".join(body for _, body in bodies)
    for hidden in (b"eval(", b"PRIVATE KEY", b"ghs_"):
        assert hidden not in everything
