# Two stages: packages are installed in the first, and only their result and the program go into the second.
FROM python:3.11-slim AS packages
WORKDIR /build
# What the bot can do without in each: files are spreadsheets and charts, postgres and redis are for a DATABASE_URL and a
# REDIS_URL of that kind.
ARG EXTRAS="files postgres redis"
COPY constraints.txt requirements*.txt ./
RUN python -m venv --without-pip /venv \
    && for name in requirements $(printf 'requirements-%s ' $EXTRAS); do \
        if [ -f "$name.txt" ]; then \
            pip --python /venv/bin/python install --no-cache-dir --quiet --requirement "$name.txt" || exit 1; \
        fi; \
    done

FROM python:3.11-slim
# Nothing in the result installs anything or builds it.
RUN pip uninstall --yes --quiet --root-user-action=ignore setuptools wheel pip \
    && useradd --system --uid 10001 --home-dir /app --no-create-home desk \
    && mkdir /data && chown desk /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY bot.py pyproject.toml ./
COPY calc calc/
COPY rates rates/
COPY storage storage/
COPY desk desk/
COPY chat chat/
COPY ops ops/
COPY joints joints/
# Without docstrings, and without the assertions of libraries (the bot itself has none): 3 MB less of memory. And glibc
# keeps no freed blocks for each of 46 threads in case that one needs them again: 3 MB less, too.
ENV PATH=/venv/bin:$PATH \
    PYTHONOPTIMIZE=2 \
    GLIBC_TUNABLES=glibc.malloc.tcache_count=0
# Compiled once: whoever runs the bot may not write here, so that each start would compile three hundred files anew, and
# two hundred of the standard library, which is in the image as text alone. Of that, and of packages, a file that does
# not compile is one that nobody imports.
RUN python -m compileall -q . \
    && (python -m compileall -qq /venv /usr/local/lib/python3.11 || true)
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/desk.db \
    PORT=8080
USER desk
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD python -m ops.healthcheck "$PORT"
# In this form, without a shell, the signal to stop reaches the bot itself.
CMD ["python", "bot.py"]
