FROM python:3.11-slim-bookworm AS build
RUN python -m venv /venv
COPY requirements/base.txt /tmp/base.txt
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/base.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home countersign && install -d -o countersign -g countersign /data
COPY --from=build /venv /venv
COPY . /app
WORKDIR /app
# The client package is run from its tree; it needs nothing that is not installed above.
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app/sdk PYTHONUNBUFFERED=1 \
    COUNTERSIGN_DATA_DIR=/data COUNTERSIGN_BASE_URL=http://127.0.0.1:8000
USER countersign
VOLUME /data
EXPOSE 8000
# Alone it is the embedded size; docker-compose.yml gives each part its command.
CMD ["python", "manage.py", "up", "--host", "0.0.0.0"]
