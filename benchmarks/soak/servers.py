"""The servers that a soak uses: a PostgreSQL, a Label Studio, and one of images that stops in the middle."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from annotate.labelstudio import server as label_studio
from annotate.labelstudio.server import Server


class PostgreSQL:
    """A PostgreSQL of our own, which can be killed.

    Attributes:
        url: Of a database in it, for SQLAlchemy.
    """

    def __init__(self, folder: Path) -> None:
        """Make it in an empty folder and start it; the folder's name is short, as its socket lies there."""
        programs = sorted(
            Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
        )
        if not programs:
            raise SystemExit("PostgreSQL is missing: apt-get install postgresql")
        self._programs, self._folder = programs[-1].parent, folder
        self._user = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
        os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        self.url = f"postgresql+psycopg://hardstand@/postgres?host={folder}"
        self._run("initdb", "-U", "hardstand", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-k {self._folder} -c listen_addresses="
        self._run("pg_ctl", "start", "-w", "-t", "600", "-l", f"{self._folder}/server.log", "-o", options)

    def kill(self) -> None:
        """End it as a power cut would: it recovers when it is started."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def _run(self, program: str, *arguments: str) -> None:
        ours = {"user": self._user.pw_uid, "group": self._user.pw_gid} if os.geteuid() == 0 else {}
        command = [str(self._programs / program), "-D", f"{self._folder}/data", *arguments]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, **ours}
        subprocess.run(command, check=True, cwd=self._folder, **quiet)  # noqa: S603 -- PostgreSQL's


class LabelStudio:
    """A Label Studio of our own, which can be killed; commands find it."""

    def __init__(self, folder: Path, prepared: Path | None = None) -> None:
        """Start it; the first start takes a minute, unless a folder of another is copied.

        Args:
            folder: For its database; empty.
            prepared: The folder of one that was set up and is not in use.
        """
        self._folder = folder
        if prepared is not None:
            shutil.copytree(prepared, folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.server: Server
        self.start()

    def start(self) -> None:
        """Start it, and wait until one can log in."""
        self.server = label_studio.start_server(self._folder, self._port)

    def stop(self) -> None:
        """Stop it."""
        label_studio.stop_server(self._folder)


@contextmanager
def stalling_server(content: bytes, after: int) -> Iterator[str]:
    """Serve a file that never comes to its end.

    Args:
        content: The file.
        after: How many of its bytes are sent.

    Yields:
        Its address.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        waiting: list[socket.socket] = []

        def answer() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    waiting.append(connection)
                    request = connection.recv(4000)
                    head = (
                        f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\nAccept-Ranges: bytes\r\n\r\n"
                    )
                    connection.sendall(
                        head.encode() + (b"" if request.startswith(b"HEAD") else content[:after])
                    )

        Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/a.tif"
        for connection in waiting:
            connection.close()
