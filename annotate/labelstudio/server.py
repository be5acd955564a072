"""A local Label Studio: started on the loopback interface, found again, and stopped.

What belongs to one server lies in one folder that only its owner may read: the database and images, the log,
the password, and ``server.json``, which says where it listens and with which token.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from platformdirs import user_data_path

from annotate.labelstudio.beyond_sdk import is_up
from annotate.labelstudio.installation import label_studio_executable
from annotate.labelstudio.interface import editor_keymap
from annotate.labelstudio.lock import locked
from imagery.errors import HardstandError, UsageError

USERNAME = "analyst@hardstand.localhost"
DEFAULT_PORT = 8080
PORTS_TRIED = 20
START_TIMEOUT_S = 600.0  # the first start migrates a new database: a minute, several on a busy laptop
STOP_TIMEOUT_S = 15.0
IMAGES = "images"
SERVED = Path(__file__).with_name("served")  # runs in Label Studio's environment, and in the browser
# What a process needs to run at all: on POSIX, then on Windows.
KEPT_VARIABLES = (
    *("PATH", "HOME", "LANG", "TMPDIR"),
    *("APPDATA", "COMSPEC", "LOCALAPPDATA", "PATHEXT", "SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "WINDIR"),
)


@dataclass(frozen=True)
class Server:
    """A Label Studio that we started.

    Attributes:
        url: Where it listens.
        username: To log in with.
        token: For the API.
        pid: Its process, which may have started others.
        started: When that process began, seconds since 1970, to tell it from one that reuses the number.
        data: Its folder.
    """

    url: str
    username: str
    token: str
    pid: int
    started: float
    data: str

    @property
    def password_file(self) -> Path:
        """The file that holds the password."""
        return Path(self.data) / "password"

    @property
    def analysts(self) -> Path:
        """The folder of the passwords of analysts' accounts; it exists once it was asked who reviews."""
        return Path(self.data) / "analysts"

    @property
    def images(self) -> Path:
        """The folder whose subfolders it can show files of."""
        return Path(self.data) / IMAGES

    @property
    def running(self) -> bool:
        """Whether its process is still running."""
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.started and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def default_data() -> Path:
    """Return the folder of the server that is started when no other is named."""
    return user_data_path("hardstand") / "review"


def find_server(data: Path | None = None) -> Server | None:
    """Return the running server of a folder, or else the one started last or of the default folder."""
    if data is not None:
        return _read(data.absolute())
    folders = [default_data()]
    with suppress(OSError):
        folders.insert(0, Path(_pointer().read_text(encoding="utf-8").strip()))
    return next((server for server in map(_read, folders) if server), None)


def start_server(
    data: Path | None = None,
    port: int | None = None,
    *,
    say: Callable[[str], None] = lambda _line: None,
    doing: Callable[[str], None] = lambda _words: None,
) -> Server:
    """Start a local Label Studio and wait until one can log in; one that runs already is returned as it is.

    Args:
        data: Its folder; made if need be.
        port: Where to listen; by default the first free one from 8080.
        say: Called with a line before what takes long.
        doing: Called some times a second with what is being done.

    Raises:
        UsageError: The port is taken, or a server of this folder runs on another.
        HardstandError: It cannot be installed or does not come up.
    """
    folder = (data or default_data()).absolute()
    with ExitStack() as block:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            block.enter_context(locked(folder / "lock"))
        except OSError as reason:
            raise UsageError(
                f"{folder}: cannot be used ({reason.strerror}); choose another folder as `data`"
            ) from None
        server = _read(folder)
        if server is None:
            executable = label_studio_executable(say, doing)
            server = _launch(folder, port, executable, say, doing)
        elif port and not server.url.endswith(f":{port}"):
            raise UsageError(f"the server of {folder} runs at {server.url} already; stop it first")
        write_private(_pointer(), str(folder))
    return server


def stop_server(data: Path | None = None) -> Server | None:
    """Stop the server of a folder (default: the one started last); None where none runs.

    Raises:
        HardstandError: It does not end.
    """
    server = find_server(data)
    if server is None:
        return None
    _end(server.pid)
    (Path(server.data) / "server.json").unlink(missing_ok=True)
    return server


def _launch(
    folder: Path,
    port: int | None,
    executable: Path,
    say: Callable[[str], None],
    doing: Callable[[str], None],
) -> Server:
    chosen = _free_port(port)
    base = folder / "label-studio"
    if not base.exists():
        say("starting Label Studio for the first time: setting up its database takes about a minute")
        base.mkdir(mode=0o700)
    token = _secret(folder / "token", lambda: secrets.token_hex(20))
    password = _secret(folder / "password", lambda: secrets.token_urlsafe(15))
    command = [
        str(executable),
        "start",
        "--no-browser",
        "--internal-host",
        "127.0.0.1",
        "--port",
        str(chosen),
    ]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own executable, nothing of the user's in it
            command,
            env=_environment(base, token, password),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # It outlives us, and the Ctrl-C that is meant for us.
            start_new_session=True,  # POSIX
            umask=0o077,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # Windows
        )
    try:
        url = _wait_until_up(process, token, port, folder / "server.log", doing)
        started = psutil.Process(process.pid).create_time()
        server = Server(url, USERNAME, token, process.pid, started, str(folder))
        write_private(folder / "server.json", json.dumps(asdict(server)))
        process.returncode = 0  # it outlives us on purpose; without this, Popen warns of an abandoned child
    except BaseException:
        _end(process.pid)
        process.wait()  # it is gone, and Popen has to know
        raise
    return server


def _environment(base: Path, token: str, password: str) -> dict[str, str]:
    """Return a clean environment: Label Studio also reads names such as HOST, PORT, DEBUG and PASSWORD."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return {
        **kept,
        "DJANGO_DB": "sqlite",
        "LABEL_STUDIO_BASE_DATA_DIR": str(base),
        "LABEL_STUDIO_USERNAME": USERNAME,
        "LABEL_STUDIO_PASSWORD": password,
        "LABEL_STUDIO_USER_TOKEN": token,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        # The pages may show files of this folder, so it holds pictures of tiles and nothing else.
        "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
        "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(base.parent / IMAGES),
        "EDITOR_KEYMAP": editor_keymap(),
        "DJANGO_SETTINGS_MODULE": "review_settings",
        "PYTHONPATH": str(SERVED),
        "PYTHONDONTWRITEBYTECODE": "1",  # where hardstand is installed nothing is written
        "HARDSTAND_SESSION_COOKIE": f"hardstand_{hashlib.sha256(str(base).encode()).hexdigest()[:12]}",
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }


def _wait_until_up(
    process: subprocess.Popen[bytes],
    token: str,
    port: int | None,
    log: Path,
    doing: Callable[[str], None],
) -> str:
    """Wait until the server answers; return its address.

    Where it listens is asked of the process, since Label Studio goes on to the next port where another took
    its own meanwhile. Nothing is sent before: who listens there is then the process that we started.

    Raises:
        UsageError: It could not have the port that it was told.
        HardstandError: It ends, or does not answer.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise HardstandError(f"Label Studio stopped while starting: {_last_line(log)}; see {log}")
        listening = _listening(process.pid)
        if listening is not None:
            if port is not None and listening != port:
                raise UsageError(f"port {port} is taken; choose another `port`")
            url = f"http://127.0.0.1:{listening}"
            if is_up(url, token):
                return url
        doing("starting, until it answers")
        time.sleep(0.3)
    raise HardstandError(f"Label Studio did not start within {START_TIMEOUT_S:.0f} s; see {log}")


def _listening(pid: int) -> int | None:
    """Return the port on which a process, or one that it started, listens; None before it does."""
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        leader = psutil.Process(pid)
        for process in (leader, *leader.children(recursive=True)):
            for connection in process.net_connections("tcp4"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr:
                    return int(connection.laddr.port)
    return None


def _last_line(log: Path) -> str:
    """Return the last line of a log, which says why a process ended."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it wrote nothing")


def _free_port(wanted: int | None) -> int:
    """Return a port nobody listens on: Label Studio itself would silently move to the next one."""
    for port in [wanted] if wanted else range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
        with socket.socket() as probe:
            if os.name == "posix":  # on Windows it would take a port that somebody listens on
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    if wanted:
        raise UsageError(f"port {wanted} is taken; choose another `port`")
    raise UsageError(f"no port from {DEFAULT_PORT} on is free; choose a `port`")


def _end(pid: int) -> None:
    """End a process and those it started: asked first, then made to."""
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        left = [leader, *leader.children(recursive=True)]
        for end in (psutil.Process.terminate, psutil.Process.kill):
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    end(process)
            _, left = psutil.wait_procs(left, STOP_TIMEOUT_S)
            if not left:
                return
        raise HardstandError(f"process {pid} (Label Studio) does not stop")


def _read(folder: Path) -> Server | None:
    try:
        server = Server(**json.loads((folder / "server.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return server if server.running else None


def _pointer() -> Path:
    return user_data_path("hardstand") / "server"


def _secret(path: Path, make: Callable[[], str]) -> str:
    """Return a secret that is made once and kept, since the server's database keeps it too."""
    if not path.exists():
        write_private(path, make())
    return path.read_text(encoding="utf-8").strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all.

    On Windows its folder sees to that: a user's own data are shown to no other user.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text + "\n")
    part.replace(path)
