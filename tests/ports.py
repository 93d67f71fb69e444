"""A port for a server that has to be told one, or that is to come back on the one it had."""

import random
import socket

LOWEST, HIGHEST = 10_240, 32_000
"""Below those that the kernel gives out by itself, so that nobody is given this one while its server is away."""


def free_port() -> int:
    """Nobody has it, and who looks for one at the same time finds another."""
    chance = random.SystemRandom()
    while True:
        port = chance.randint(LOWEST, HIGHEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
