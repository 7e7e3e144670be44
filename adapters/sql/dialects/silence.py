"""Connections whose other side is gone without a word: a machine that lost its power answers nobody."""

import socket
from typing import Final

SILENT_SECONDS: Final = 10


def notice_silence(raw: socket.socket | None) -> None:
    """Have the kernel end the connection after some seconds in which nothing was acknowledged."""
    if raw is None or raw.family not in (socket.AF_INET, socket.AF_INET6):
        return
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 4), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):  # Linux has all of them, others some
            raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_SECONDS * 1_000)
