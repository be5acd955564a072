"""Tiny images, made where a test needs one, what a stranger may send, and servers."""

import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

from tests.imagery.opened import HEIGHT, WIDTH
from tests.imagery.strange_files import SIDE, TRANSFORM

HALF_METRE = Affine(0.5, 0, 600000, 0, -0.5, 1400000)


@pytest.fixture
def geotiff(tmp_path: Path) -> Callable[..., Path]:
    """Writes (bands, rows, cols) as a GeoTIFF of half-metre pixels in UTM 29N unless told otherwise."""

    def write(
        pixels: np.ndarray, name: str = "scene.tif", *, imagery: dict[str, str] | None = None, **profile: Any
    ) -> Path:
        bands, height, width = pixels.shape
        tags = profile.pop("tags", {})
        profile = {"crs": "EPSG:32629", "transform": HALF_METRE, **profile}
        path = tmp_path / name
        with rasterio.open(
            path, "w", driver="GTiff", width=width, height=height, count=bands, dtype=pixels.dtype, **profile
        ) as file:
            file.write(pixels)
            if tags:  # a file without any keeps its directory in front, and so can be cut short
                file.update_tags(**tags)
            if imagery:
                file.update_tags(ns="IMAGERY", **imagery)
        return path

    return write


@pytest.fixture
def noise() -> np.ndarray:
    """(3, 60, 80) uint8 of seeded noise."""
    return np.random.default_rng(0).integers(0, 256, (3, 60, 80), dtype=np.uint8)


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).integers(1, 255, (1, SIDE, SIDE), np.uint8)


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """The folder that a stranger has sent."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    return folder


@pytest.fixture
def plain(delivery: Path, values: np.ndarray) -> Callable[..., Path]:
    """Writes an ordinary GeoTIFF into that folder."""

    def write(name: str = "plain.tif", **tags: dict[str, str]) -> Path:
        profile = {"width": SIDE, "height": SIDE, "count": 1, "dtype": "uint8", "crs": "EPSG:32629"}
        with rasterio.open(delivery / name, "w", "GTiff", transform=TRANSFORM, **profile) as file:
            file.write(values)
            for domain, members in tags.items():
                file.update_tags(ns=domain, **members)
        return delivery / name

    return write


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A port that counts who connects: address and list of what was sent to it."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(200))
                    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def dot() -> np.ndarray:
    """(1, 60, 80) uint8: dark, with a bright square of 5 px whose centre is (52.5, 17.5)."""
    pixels = np.full((1, HEIGHT, WIDTH), 30, np.uint8)
    pixels[0, 15:20, 50:55] = 250
    return pixels


class FileHandler(BaseHTTPRequestHandler):
    """Serves `server.files` with ranges, and counts what it sends.

    A file is its content, a function of the handler that returns that, or the status of a refusal.
    """

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.server.posted.append(json.loads(self.rfile.read(length)))
        self.answer(body=True)

    def answer(self, *, body):
        name = self.path.split("?")[0].lstrip("/")
        content = self.server.files.get(name)
        if callable(content):
            content = content(self)
        self.server.requests.append((self.command, name, self.headers.get("Range")))
        if isinstance(content, int):
            self.send_response(content)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if content is None or (self.command == "HEAD" and self.server.get_only):
            self.send_response(403 if content else 404)
            self.send_header("Content-Length", "5")
            self.end_headers()
            if body:
                self.wfile.write(b"sorry")
            return
        first, last, status = 0, len(content) - 1, 200
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if asked and self.server.ranges:
            first, last, status = int(asked[1]), min(int(asked[2] or last), last), 206
        self.send_response(status)
        if self.server.ranges:
            self.send_header("Accept-Ranges", "bytes")
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        if self.server.etag:
            self.send_header("ETag", self.server.etag)
        self.send_header("Content-Length", str(last + 1 - first))
        self.end_headers()
        if body:
            try:
                self.wfile.write(memoryview(content)[first : last + 1])
                self.server.sent += last + 1 - first
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True


class FileServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), FileHandler)
        self.files, self.requests, self.posted = {}, [], []
        self.sent, self.ranges, self.get_only, self.etag = 0, True, False, '"one"'

    def url(self, name):
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):  # who asked may not wait for the answer
            super().handle_error(request, client_address)

    def stop(self):
        self.shutdown()
        self.server_close()


@pytest.fixture
def server():
    server = FileServer()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    if server.fileno() >= 0:
        server.stop()
