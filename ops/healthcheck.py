"""`python -m ops.healthcheck PORT`: 0 when the bot on this machine says that it is well; what a container is asked."""

import http.client
import sys

PATIENCE_S = 4.0


def verdict(port: int, *, timeout_s: float = PATIENCE_S) -> str | None:
    """None when it is well, else what it says, or why it could not be asked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        body = answer.read(500).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return f"no answer: {type(error).__name__}"
    finally:
        connection.close()
    return None if answer.status == http.client.OK else f"{answer.status} {body}"


if __name__ == "__main__":
    sys.exit(verdict(int(sys.argv[1])))
