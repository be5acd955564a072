"""GDAL's cache of decoded blocks, bounded while hardstand reads and as it was before when nothing reads.

GDAL has one cache for the whole process and gives it a twentieth of the memory, more than a scan needs. The
limit belongs to whoever runs the process (a notebook has reads of its own), so it is lowered around our reads
only. `rasterio.Env` does not restore it when it is entered within another one, and takes 50 to 150 µs where
this takes 2 (a tile that is cached takes 20,000).
"""

from __future__ import annotations

import os
from threading import Lock

from rasterio.env import get_gdal_config, set_gdal_config

LIMIT_BYTES = 128 * 2**20


class _BlockCache:
    """A context manager for several threads at once: the first lowers the limit, the last restores it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._readers = 0
        self._before = 0

    def __enter__(self) -> None:
        with self._lock:
            if self._readers == 0:
                self._before = get_gdal_config("GDAL_CACHEMAX")
                if self._before > LIMIT_BYTES and "GDAL_CACHEMAX" not in os.environ:  # whose limit is a wish
                    set_gdal_config("GDAL_CACHEMAX", LIMIT_BYTES)
            self._readers += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                set_gdal_config("GDAL_CACHEMAX", self._before)


bounded_block_cache = _BlockCache()
