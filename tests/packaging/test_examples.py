"""The examples for CI do what they say: their commands are run here, without GitLab, GitHub and Jenkins."""

from __future__ import annotations

import os
import re
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


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A job's script in one shell as CI systems run it, in a checkout where pip has nothing left to install."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "pip").write_text('#!/bin/bash\necho "pip $*"\n')
    (tools / "pip").chmod(0o755)
    for name in ("examples", "spec"):
        (folder / name).symlink_to(ROOT / name)
    path = os.pathsep.join([str(tools), str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("RAINBOND_")}
    return subprocess.run(
        [program("bash"), "-euo", "pipefail", "-c", f"trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n{script}"],
        cwd=folder,
        env={**inherited, "PATH": path, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run_job(name: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A job of GitLab's."""
    return run("\n".join(PIPELINE[name]["script"]), folder, **{**PIPELINE[name]["variables"], **environment})


def test_the_pipeline_for_deployment_code_passes(tmp_path: Path, port: str) -> None:
    program("curl")

    done = run_job("deployment-code", tmp_path, RAINBOND_URL=f"http://127.0.0.1:{port}", RAINBOND_MOCK_PORT=port)

    assert done.returncode == 0, done.stderr
    assert event_id("rainbond", "buildComponent", FRONTEND, None) in done.stdout


def scripts_that_verify() -> dict[str, str]:
    """The shell lines of each CI system's example that verify a console."""
    actions = yaml.safe_load((ROOT / "examples/ci/github-actions.yml").read_text(encoding="utf-8"))
    jenkins = (ROOT / "examples/ci/Jenkinsfile").read_text(encoding="utf-8")
    steps = [step["run"] for step in actions["jobs"]["console"]["steps"] if "run" in step]
    shell = re.findall(r"sh '''(.*?)'''", jenkins, re.DOTALL)
    return {
        "gitlab": "\n".join(PIPELINE["console"]["script"]),
        "github": "\n".join(steps),
        # Its virtual environment is this one.
        "jenkins": "\n".join(shell).replace("python -m venv .venv", "").replace(".venv/bin/", ""),
    }


@pytest.mark.parametrize(
    ("system", "written"),
    [
        ("gitlab", {"verify.xml", "verify.code-quality.json", "verify.html"}),
        ("github", {"summary.md", "verify.sarif", "verify.html", "verify.json"}),
        ("jenkins", {"verify.xml", "verify.html", "verify.json"}),
    ],
)
def test_the_pipelines_that_verify_a_console_pass_on_the_mock(tmp_path: Path, system: str, written: set[str]) -> None:
    script = scripts_that_verify()[system].replace("rainbond-verify run", "rainbond-verify run --only core --no-fuzz")
    with running(Settings(catalogue=ROOT / "examples" / "catalogue.yaml")) as mock:
        summary = str(tmp_path / "summary.md")
        given = {"RAINBOND_MOCK": ".", "RAINBOND_URL": mock.url, "GITHUB_STEP_SUMMARY": summary, **IDENTITY}
        done = run(script, tmp_path, **given)

    assert done.returncode == 0, done.stdout + done.stderr
    assert {file.name for file in tmp_path.iterdir() if file.is_file()} == written
