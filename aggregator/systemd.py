"""What systemd is told by a service of Type=notify."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger(__name__)


def notify(message: str) -> None:
    """Tell systemd (sd_notify(3)) where it started us."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.connect("\0" + address[1:] if address.startswith("@") else address)
                sock.sendall(message.encode())
        except OSError as error:
            log.warning("%s: systemd can't be told %s: %s", address, message, error.strerror)
