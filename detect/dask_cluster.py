"""Work on the workers of a Dask cluster: a worker or a scheduler that goes away costs no piece of it.

The workers see the same files as the process that asks, in the same folders, and have the same hardstand.
What a worker was doing when it ended is done by another; after a scheduler was started anew, what was not
done yet is asked for again.
"""

from __future__ import annotations

import logging
import os
import pickle
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2

from detect.processes import Ended, Outcome, Piece, copy_of
from imagery.errors import HardstandError, UsageError

if TYPE_CHECKING:
    from distributed import Client

PATIENCE_S = 60.0  # until a scheduler answers, or has a worker
MOST_RESTARTS = 3  # of a scheduler, without anything done between them


def on_cluster(
    work: Callable[[Piece], Outcome], pieces: Sequence[Piece], scheduler: str
) -> Iterator[tuple[int, Outcome | Ended]]:
    """Do pieces of work on the workers of a cluster, one at a time each.

    Args:
        work: Does one. It is copied to each worker once.
        pieces: What to do.
        scheduler: The address of the cluster's scheduler, such as ``tcp://10.0.0.1:8786``.

    Yields:
        The index of a piece and what came of it, as they are done.

    Raises:
        UsageError: Dask is not installed, or the work cannot be copied.
        HardstandError: No scheduler answers there, it has no worker or one of several threads, or something
            unexpected was raised in a worker.
    """
    copy = copy_of(work)
    undone = dict(enumerate(pieces))
    restarts = 0
    while undone:
        before = len(undone)
        with _client(scheduler) as client:
            for index, outcome in _until_lost(client, copy, dict(undone)):
                del undone[index]
                yield index, outcome
        restarts = 0 if len(undone) < before else restarts + 1
        if restarts == MOST_RESTARTS:
            raise HardstandError(f"{scheduler}: the scheduler goes away again and again; nothing gets done")


@contextmanager
def _client(scheduler: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("`scheduler`: Dask is not installed; install hardstand[dask]") from None

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is said in words
    end = time.monotonic() + PATIENCE_S
    try:
        client = Client(  # type: ignore[no-untyped-call]
            scheduler, timeout=PATIENCE_S, set_as_default=False
        )
    except (OSError, TimeoutError, ValueError) as reason:
        detail = " ".join(str(reason).split())[:120]
        raise HardstandError(f"{scheduler}: no Dask scheduler answers there ({detail})") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=max(1.0, end - time.monotonic()))
        except TimeoutError:
            raise HardstandError(f"{scheduler}: has no worker; start some: dask worker ADDRESS") from None
        threads: dict[str, int] = client.nthreads()  # type: ignore[no-untyped-call]
        several = [name for name, number in threads.items() if number > 1]
        if several:
            raise HardstandError(
                f"{scheduler}: the worker {several[0]} has several threads, which share what must not be "
                "shared; start workers with --nthreads 1"
            )
        yield client


def _until_lost(client: Client, copy: bytes, pieces: Mapping[int, Any]) -> Iterator[tuple[int, Any]]:
    """Yield what is done, until all is or the scheduler has gone away."""
    from distributed import KilledWorker, as_completed
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError

    folder = os.getcwd()  # noqa: PTH109 - a text, which any worker can read
    futures = {
        client.submit(_done, copy, folder, piece, pure=False): index for index, piece in pieces.items()
    }
    for future in as_completed(futures, loop=client.loop):  # type: ignore[no-untyped-call]
        try:
            outcome = future.result()
        except (CancelledError, FutureCancelledError, CommClosedError, TimeoutError):
            return
        except KilledWorker as reason:
            outcome = Ended(f"the last one was {reason.last_worker.address}")
        except Exception as reason:
            text = " ".join(str(reason).split())
            raise HardstandError(f"unexpected {type(reason).__name__} on a worker: {text}") from None
        yield futures[future], outcome


def _done(copy: bytes, folder: str, piece: Any) -> Any:
    """Do a piece, on a worker."""
    try:
        os.chdir(folder)  # so that names mean what they mean there
    except OSError as reason:
        raise HardstandError(f"{folder}: is not on this worker ({reason.strerror})") from None
    os.environ["GDAL_NUM_THREADS"] = "1"
    cv2.setNumThreads(1)  # which a network's runtime goes by
    return _function(copy)(piece)


@lru_cache(maxsize=1)  # so that a network is loaded once
def _function(copy: bytes) -> Callable[[Any], Any]:
    function: Callable[[Any], Any] = pickle.loads(copy)  # noqa: S301 - from who may run anything here
    return function
