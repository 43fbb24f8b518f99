"""The examples for CI do what they say: their commands are run here, without GitLab."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mock_server.engine.event_ids import event_id
from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.programs import program

ROOT = Path(__file__).parents[2]
PIPELINE = yaml.safe_load((ROOT / "examples" / "ci" / "gitlab-ci.yml").read_text(encoding="utf-8"))
IDENTITY = {
    "RAINBOND_TOKEN": "6d0f2b8c4e1a49739f55d8a0c3b7e21446aa90cd",
    "RAINBOND_TEAM": "web",
    "RAINBOND_REGION": "shanghai",
    "RAINBOND_APP": "12",
    "RAINBOND_SERVICE": "3f9a6c1e8d2b47059be1c7204fa8d663",
}
FRONTEND = {"team_id": "web", "region_name": "shanghai", "app_id": 12, "service_id": "frontend"}


@pytest.fixture
def port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def run_job(name: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A job's script, line by line in one shell as GitLab does, where pip has nothing left to install."""
    pip = folder / "pip"
    pip.write_text('#!/bin/bash\necho "pip $*"\n')
    pip.chmod(0o755)
    script = "\n".join(["trap 'kill $(jobs -p) 2> /dev/null || true' EXIT", *PIPELINE[name]["script"]])
    path = os.pathsep.join([str(folder), str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("RAINBOND_")}
    return subprocess.run(
        [program("bash"), "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={**inherited, **PIPELINE[name]["variables"], "PATH": path, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_pipeline_for_deployment_code_passes(tmp_path: Path, port: str) -> None:
    program("curl")

    done = run_job("deployment-code", tmp_path, RAINBOND_URL=f"http://127.0.0.1:{port}", RAINBOND_MOCK_PORT=port)

    assert done.returncode == 0, done.stderr
    assert event_id("rainbond", "buildComponent", FRONTEND, None) in done.stdout


def test_the_pipeline_that_verifies_a_console_passes_on_the_mock(tmp_path: Path) -> None:
    report = tmp_path / "verify.xml"
    PIPELINE["console"]["script"][-1] = PIPELINE["console"]["script"][-1].replace("verify.xml", str(report))
    with running(Settings(catalogue=ROOT / "examples" / "catalogue.yaml")) as mock:
        done = run_job("console", tmp_path, RAINBOND_URL=mock.url, **IDENTITY)

    assert done.returncode == 0, done.stdout + done.stderr
    assert report.exists()
