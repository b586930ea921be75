"""``serve`` and ``users`` as processes: draining on SIGTERM, a taken address, JSON logs, a socket file."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from dispatch.cli.serve import listening
from dispatch.settings import Listen
from tests.support.server import ROOT, Server, owner_headers, server_in

PASSWORD = "kentongan-112"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with server_in(tmp_path_factory.mktemp("serve")) as running:
        yield running.start()


def test_sigterm_ends_the_streams_with_a_word_and_the_process_with_zero(tmp_path: Path) -> None:
    heard: list[str] = []
    listening = threading.Event()

    def listen(url: str) -> None:
        with httpx.stream("GET", f"{url}/api/v1/events", headers=owner_headers(), timeout=30) as stream:
            for line in stream.iter_lines():
                heard.append(line)
                listening.set()

    with server_in(tmp_path) as running:
        running.start()
        listener = threading.Thread(target=listen, args=(running.url,))
        listener.start()
        assert listening.wait(10)
        assert running.terminate() == 0
        listener.join(10)
        assert not listener.is_alive()
        assert "event: bye" in heard
        assert "Traceback" not in running.log


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux has such a limit")
def test_who_is_cut_off_is_given_up_after_15_s_not_after_the_system_s_quarter_of_an_hour() -> None:
    with listening(Listen(host="127.0.0.1", port=0)) as bound, socket.create_connection(bound.getsockname()):
        accepted, _ = bound.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10


def test_a_taken_address_is_one_clear_line(server: Server) -> None:
    second = server.command("serve")
    assert second.returncode == 2
    [line] = second.stderr.strip().splitlines()
    assert str(server.port) in line
    assert "in use" in line


def test_users_are_made_on_the_command_line_and_sign_in_over_http(server: Server) -> None:
    def sign_in(password: str = PASSWORD) -> int:
        asked = {"username": "rina", "password": password}
        return httpx.post(f"{server.url}/api/v1/session", json=asked, timeout=10).status_code

    assert server.command("users", "list").returncode == 0
    short = server.command("users", "add", "rina", "--role", "dispatcher", "--password-stdin", words="short\n")
    assert (short.returncode, "at least 8" in short.stderr) == (1, True)
    assert server.command(
        "users", "add", "rina", "--role", "dispatcher", "--password-stdin", words=PASSWORD + "\n"
    ).returncode == 0
    assert sign_in() == 200
    assert "rina" in server.command("users", "list").stdout
    assert server.command("users", "passwd", "rina", "--password-stdin", words="another-one-1\n").returncode == 0
    assert (sign_in(), sign_in("another-one-1")) == (401, 200)
    assert server.command("users", "disable", "rina").returncode == 0
    assert sign_in("another-one-1") == 401
    assert server.command("users", "disable", "nobody").returncode == 1
    assert server.command("users", "add", "x", "--role", "king").returncode == 2
    assert PASSWORD not in server.log


def test_a_socket_file_is_served_and_a_stale_one_replaced(tmp_path: Path) -> None:
    path = tmp_path / "k.sock"
    with server_in(tmp_path, LISTEN=f"unix:{path}") as running:
        running.start()
        running.kill()
        assert path.exists(), "a killed server leaves its socket file"
        running.start()
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://k") as client:
            assert client.get("/healthz").text == "ok\n"
        assert running.terminate() == 0
        assert not path.exists()


def test_the_log_is_json_on_request(tmp_path: Path) -> None:
    with server_in(tmp_path) as settings:
        child = subprocess.Popen(
            [sys.executable, "-m", "dispatch.cli", "serve", "--log-json"], cwd=ROOT, env=settings.environ,
            stderr=subprocess.PIPE, text=True,
        )
        assert child.stderr is not None
        first = child.stderr.readline()
        child.send_signal(signal.SIGTERM)
        rest = child.stderr.read()
        child.wait(20)
        child.stderr.close()
    for line in [first, *rest.splitlines()]:
        assert {"at", "level", "logger", "message"} <= json.loads(line).keys()
