"""A server that answers everything, or nothing, ends after so many requests, bytes and seconds."""

import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from imagery import remote
from imagery.errors import SceneError
from imagery.remote import Budget
from imagery.scene import open_scene
from imagery.tiling import Tile
from tests.imagery.strange_files import SIDE

pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform", "ignore:.*:RuntimeWarning")

ENTRIES = {  # of a TIFF's directory: tag, type, count, value
    256: (4, SIDE), 257: (4, SIDE), 258: (3, 8), 259: (3, 1), 262: (3, 1), 273: (4, 8), 277: (3, 1),
    278: (4, SIDE), 279: (4, SIDE * SIDE),
}  # fmt: skip
STEP = 70_000  # bytes from one directory to the next, more than GDAL reads at once


def part_of_endless_tiff(first, last):
    """Bytes of a TIFF in which each directory names the next, for ever."""
    directory = struct.pack("<H", len(ENTRIES))
    for tag, (kind, value) in ENTRIES.items():
        directory += struct.pack("<HHII", tag, kind, 1, value)
    body = bytearray(last + 1 - first)
    for number in range(first // STEP, last // STEP + 1):
        start = number * STEP
        text = directory + struct.pack("<I", start + STEP + 8)
        piece = (b"II*\0" + struct.pack("<I", 8) + text) if number == 0 else b"\0" * 8 + text
        for index, byte in enumerate(piece, start):
            if first <= index <= last:
                body[index - first] = byte
    return bytes(body)


@pytest.fixture
def serve():
    """Starts a server: an answer for each request, of which it gets the first and last byte asked for."""
    servers = []

    def start(answer):
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def handle(connection):
            with connection, suppress(OSError):
                while request := connection.recv(4000).decode():
                    asked = request.partition("bytes=")[2].split("\r")[0]
                    first, _, last = asked.partition("-")
                    head = request.startswith("HEAD")
                    connection.sendall(answer(head, int(first or 0), int(last or 16383)))

        def listen():
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/a.tif"

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def endless(head, first, last, wait_s=0.0):
    total = 2**31
    body = b"" if head else part_of_endless_tiff(first, last)
    time.sleep(wait_s)
    length = total if head else len(body)
    return (
        f"HTTP/1.1 {200 if head else 206} OK\r\nAccept-Ranges: bytes\r\nContent-Length: {length}\r\n"
        f"Content-Range: bytes {first}-{last}/{total}\r\n\r\n"
    ).encode() + body


class TestServerThatAnswersEverything:
    @pytest.mark.parametrize(
        ("budget", "words"),
        [
            (Budget(requests=40), "was asked"),
            (Budget(size_bytes=2**20), "has sent"),
            (Budget(seconds=1), "has taken 1 seconds"),
        ],
    )
    def test_is_left_after_so_many_requests_bytes_or_seconds(self, serve, monkeypatch, budget, words):
        monkeypatch.setattr(remote, "BUDGET", budget)
        start = time.monotonic()
        url = serve(lambda *asked: endless(*asked, wait_s=0.02))
        with pytest.raises(SceneError, match=words) as error, open_scene(url, gsd_m=0.5) as scene:
            scene.read(Tile(0, 0, SIDE, SIDE, SIDE // 4, SIDE // 4))  # of which overviews are looked for
        assert str(error.value).startswith(f"{url}: ")
        assert time.monotonic() - start < 8


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_ends_a_command_within_two_seconds_while_gdal_waits_for_a_server(self, serve, number):
        asked = threading.Event()

        def never(head, first, last):
            if not head:
                asked.set()
                time.sleep(30)
            return endless(head, first, last)

        command = [sys.executable, "-c", "from hardstand import main; main()", "info", serve(never)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert asked.wait(30)
                time.sleep(0.3)
                process.send_signal(number)
                start = time.monotonic()
                _, message = process.communicate(timeout=20)
                assert time.monotonic() - start < 2
                assert process.returncode == 130
                assert message == "Error: interrupted; what was finished is kept\n"
            finally:
                process.kill()
