"""Deploys a component from a CI job: builds it, waits while it is busy, and fails where a person must look.

    python deploy.py docker_image registry.example.com/acme/app:1.0

The console and what to build come from the environment: RAINBOND_URL, RAINBOND_TOKEN, RAINBOND_TEAM, RAINBOND_REGION,
RAINBOND_APP, RAINBOND_SERVICE.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

STARTED, BUSY = 200, 409
ATTEMPTS = 5


class DeployError(Exception):
    """The component was not built; the text is for the job's log."""


def deploy(
    url: str,
    token: str,
    component: str,
    body: dict[str, str],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Build a component and return the id of its build event; a busy one is asked again, ever more patiently.

    Args:
        url: the console's address.
        token: the access token, raw.
        component: `teams/…/regions/…/apps/…/services/…`.
        body: the build's settings.
        pause: waits some seconds; tests give one that does not.
    """
    for attempt in range(ATTEMPTS):
        status, answer = _post(f"{url}/openapi/v1/{component}/build", token, body)
        if status == BUSY:
            pause(2.0**attempt)
        elif status == STARTED:
            return str(answer["event_id"])
        else:
            raise DeployError(f"{status}: {answer.get('msg_show') or answer.get('detail') or answer}")
    raise DeployError(f"still busy after {ATTEMPTS} attempts")


def _post(url: str, token: str, body: dict[str, str]) -> tuple[int, dict[str, str]]:
    headers = {"Authorization": token, "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 - http(s)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except OSError as error:
        raise DeployError(f"{url}: {getattr(error, 'reason', error)}") from None


def main() -> None:
    env = os.environ
    component = "teams/{}/regions/{}/apps/{}/services/{}".format(
        env["RAINBOND_TEAM"], env["RAINBOND_REGION"], env["RAINBOND_APP"], env["RAINBOND_SERVICE"]
    )
    build_type, repo_url = sys.argv[1:]
    body = {"build_type": build_type, "repo_url": repo_url}
    try:
        event = deploy(env["RAINBOND_URL"], env["RAINBOND_TOKEN"], component, body)
    except DeployError as error:
        sys.exit(f"deploy: {error}")
    print(f"building: event {event}")


if __name__ == "__main__":
    main()
