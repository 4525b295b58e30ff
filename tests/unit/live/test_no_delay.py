"""Small messages leave at once, whoever bound the socket."""

import socket
from pathlib import Path

from moeviz.live.no_delay import send_at_once


def no_delay(found: socket.socket) -> bool:
    return bool(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def test_connections_to_a_listening_socket_send_at_once():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not no_delay(server)
        send_at_once()
        with socket.create_connection(server.getsockname()):
            connection, _ = server.accept()
            with connection:
                assert no_delay(connection)


def test_other_sockets_and_files_are_left_alone(tmp_path):
    with (
        socket.socket() as idle,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        (tmp_path / "file").open("w"),
    ):
        before = sorted(Path("/dev/fd").iterdir())
        send_at_once()
        assert not no_delay(idle)
        assert sorted(Path("/dev/fd").iterdir()) == before
        assert datagrams.fileno() >= 0
