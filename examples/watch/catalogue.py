"""A static STAC catalogue of rendered scenes, served on this machine as a provider would on the web."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from imagery.scene import open_scene


class RangeHandler(SimpleHTTPRequestHandler):
    """Serves the files of a folder, and parts of them, as image servers do."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""

    def send_head(self) -> BinaryIO | BytesIO | None:
        """Answer with the whole file, or the part that is asked for."""
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if asked is None or not path.is_file():
            return super().send_head()
        size = path.stat().st_size
        first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
        with path.open("rb") as file:
            file.seek(first)
            part = file.read(last + 1 - first)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        return BytesIO(part)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder.

    Yields:
        Its address.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(RangeHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def write_catalogue(scenes: Sequence[Path]) -> Path:
    """List scenes of one folder in a catalogue there.

    Returns:
        The path of its root.
    """
    links = []
    for scene in scenes:
        with open_scene(scene) as opened:
            facts = opened.info()
        item = {
            "type": "Feature",
            "stac_version": "1.0.0",
            "id": scene.stem,
            "geometry": facts["footprint"],
            "properties": {"datetime": f"{facts['acquired']}T00:00:00Z", "gsd": facts["gsd_m"]},
            "links": [],
            "assets": {"visual": {"href": f"./{scene.name}", "type": "image/tiff", "roles": ["visual"]}},
        }
        scene.with_suffix(".json").write_text(json.dumps(item), encoding="utf-8")
        links.append({"rel": "item", "href": f"./{scene.stem}.json"})
    root = {
        "type": "Catalog",
        "stac_version": "1.0.0",
        "id": "year",
        "description": "rendered",
        "links": links,
    }
    path = scenes[0].with_name("catalog.json")
    path.write_text(json.dumps({**root, "links": links}), encoding="utf-8")
    return path
