# docker build -t telemetry-counter .
# Debian's glibc, not Alpine's musl: the embedded store comes as a wheel for glibc alone.
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/telemetry-counter
COPY pyproject.toml README.md LICENSE ./
COPY telemetry_counter ./telemetry_counter
RUN /opt/telemetry-counter/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /data counter \
    && install -d -o counter -g counter -m 0700 /data
COPY --from=build /opt/telemetry-counter /opt/telemetry-counter
ENV PATH=/opt/telemetry-counter/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
# /health touches nothing: a store that is away must not end a process that answers update checks.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=2)"]
ENTRYPOINT ["telemetry-counter"]
CMD ["serve"]
