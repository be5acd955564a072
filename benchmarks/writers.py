"""How fast several writers fill one log, and whether its chain holds.

    .venv/bin/python -m benchmarks.writers --server postgresql+psycopg://USER@HOST/postgres
    .venv/bin/python -m benchmarks.writers

N processes write into one log at once: every second one as a pull does (`Log.record`, 50 verdicts a batch,
with the sightings that follow from them), the others as `hardstand log add` does, one reported sighting a
transaction. Each has the same work, so N writers have N times as much. On the server, each N has a database
of its own, made and dropped; without a server the log is a file of SQLite.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy

from annotate.intake.statements import reported_sighting
from annotate.log.store import open_log
from annotate.log.verify import verify_entries
from benchmarks.log import verdict

COUNTS, VERDICTS, BATCH, ADDS = (1, 2, 4, 8), 500, 50, 100


def write(location: str, number: int) -> None:
    """Do the work of one writer, as soon as a line comes in."""
    print("up", flush=True)
    sys.stdin.readline()
    first = number * VERDICTS
    with open_log(location) as log:
        if number % 2 == 0:
            for batch in range(first, first + VERDICTS, BATCH):
                log.record([verdict(each) for each in range(batch, batch + BATCH)])
        else:
            for each in range(ADDS):
                source = f"report {number}-{each}"
                log.add(reported_sighting(when="2023-10-27", airfield="GABS", source=source, analyst="A"))


@contextmanager
def empty_log(server: str | None, writers: int) -> Iterator[str]:
    """Make an empty log, and drop it at the end.

    Yields:
        Where it is.
    """
    if server is None:
        with tempfile.TemporaryDirectory() as folder:
            yield str(Path(folder) / "log.db")
        return
    name = f"writers_{writers}"
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        engine.dispose()


def measure(location: str, writers: int) -> str:
    """Let so many processes write at once, and return a row of the table."""
    with open_log(location, create=True):
        pass
    command = [sys.executable, "-m", "benchmarks.writers", "--write", location]
    processes = [
        subprocess.Popen(  # noqa: S603
            [*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for number in range(writers)
    ]
    for process in processes:
        if process.stdout is None or process.stdout.readline() != "up\n":
            raise SystemExit("a writer did not start")
    start = time.perf_counter()
    for process in processes:
        if process.stdin is not None:
            process.stdin.write("go\n")
            process.stdin.close()
    failed = sum(process.wait() != 0 for process in processes)
    seconds = time.perf_counter() - start
    with open_log(location) as log:
        rows, failure = log.head().seq, verify_entries(log.entries(), None).failure
    chain = "holds" if failure is None else f"broken: {failure}"
    return f"| {writers} | {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} | {failed} | {chain} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", help="URL of a database of a PostgreSQL server, as SQLAlchemy writes it.")
    parser.add_argument("--write", nargs=2, metavar=("LOCATION", "NUMBER"), help="Be one of the writers.")
    arguments = parser.parse_args()
    if arguments.write:
        write(arguments.write[0], int(arguments.write[1]))
        return
    print("| writers | rows | seconds | rows per second | failed | chain |")
    print("| --- | --- | --- | --- | --- | --- |")
    for writers in COUNTS:
        with empty_log(arguments.server, writers) as location:
            print(measure(location, writers), flush=True)


if __name__ == "__main__":
    main()
