# One image: `review-service` (the default), `review-service web`, `review-service worker`, and the
# commands review-local and review-action. Nothing is fetched at run time.
FROM python:3.13-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
RUN python -m venv /opt/architrave
COPY requirements/runtime.txt requirements/build.txt requirements/
RUN /opt/architrave/bin/pip install --require-hashes -r requirements/runtime.txt \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY rules rules
COPY webhooks webhooks
RUN /opt/build/bin/python -m hatchling build -t wheel -d /wheel \
 && /opt/architrave/bin/pip install --no-deps --no-index /wheel/*.whl
RUN /opt/architrave/bin/python -m compileall -q /opt/architrave/lib

FROM python:3.13-slim-trixie
RUN apt-get update \
 && apt-get install --no-install-recommends --yes git ca-certificates tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home --shell /usr/sbin/nologin architrave \
 && install -d -o architrave -g architrave -m 700 /data
COPY --from=build /opt/architrave /opt/architrave
ENV PATH=/opt/architrave/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    HOST=0.0.0.0 \
    PORT=8000 \
    ARCHITRAVE_DATA_DIR=/data
USER architrave
VOLUME /data
EXPOSE 8000
# A worker on its own has no port; give it `--no-healthcheck`.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=4)"]
# SIGTERM drains for twenty seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
CMD ["review-service"]
