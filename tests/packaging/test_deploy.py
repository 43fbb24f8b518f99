"""What stands in deploy/ is run here as far as it goes without a container engine: its commands, options and probes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import kubernetes_validate
import pytest
import yaml

from tests.control.mock_process import serving
from tests.control.redis_server import RedisServer

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
INSTRUCTIONS = re.findall(r"^([A-Z]+) (.+)$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
FRONTEND = "/openapi/v1/teams/web/regions/shanghai/apps/12/services/frontend/build"
TOKEN = "6d0f2b8c4e1a49739f55d8a0c3b7e21446aa90cd"


def instructions(name: str) -> list[str]:
    return [text for instruction, text in INSTRUCTIONS if instruction == name]


def manifests() -> list[dict[str, Any]]:
    names = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    return [found for name in names for found in yaml.safe_load_all((KUBERNETES / name).read_text(encoding="utf-8"))]


def container(deployment: str) -> dict[str, Any]:
    found = next(m for m in manifests() if m["kind"] == "Deployment" and m["metadata"]["name"] == deployment)
    return dict(found["spec"]["template"]["spec"]["containers"][0])


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


def serves(arguments: list[str], replaced: Mapping[str, str], probe: str) -> None:
    """Start what a container is given, with the paths and names of this machine, and ask it for a build."""
    for old, new in replaced.items():
        arguments = [argument.replace(old, new) for argument in arguments]
    assert arguments[0] == "serve"
    with serving(*arguments[1:]) as mock:
        assert urlopen(mock.url + probe).status == 200
        build = Request(mock.url + FRONTEND, headers={"Authorization": TOKEN}, method="POST")
        assert json.load(urlopen(build))["event_id"]
        assert mock.end() == 0


def test_the_image_is_built_from_what_the_dockerfile_copies(tmp_path: Path) -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    source = tmp_path / "src"
    source.mkdir()
    for names in (line.split()[:-1] for line in instructions("COPY") if not line.startswith("--from")):
        for name in names:
            assert f"!{name}" in ignored
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, source / name)

    make, install = instructions("RUN")
    made = tmp_path / "made"
    run(make.replace("/opt/rainbond-mock", str(made)), tmp_path)
    # The dependencies are those of these tests: installing them again would show nothing.
    run(f"{install.replace('/opt/rainbond-mock', str(made)).replace('[redis,tls]', '')} -qq --no-deps", source)
    site = next(made.glob("lib/python*/site-packages"))
    (site / "here.pth").write_text(next(path for path in sys.path if path.endswith("site-packages")))

    assert str(site) in run(f"{made}/bin/python -P -c 'import mock_server; print(mock_server.__file__)'", tmp_path)
    assert "--catalogue" in run(f"{made}/bin/rainbond-mock serve --help", tmp_path)


def run(command: str, folder: Path) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_image_serves_and_finds_itself_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (pair.split("=", 1) for line in instructions("ENV") for pair in line.split()):
        if name != "PATH":
            monkeypatch.setenv(name, value)
    assert json.loads(instructions("ENTRYPOINT")[0]) == ["rainbond-mock"]
    check = json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])
    with serving(*json.loads(instructions("CMD")[0])[1:]) as mock:
        assert mock.url.startswith("http://0.0.0.0:")
        here = [part.replace("7070", mock.url.rpartition(":")[2]) for part in check]
        assert subprocess.run([sys.executable, *here[1:]], check=False).returncode == 0
        mock.end()
        assert subprocess.run([sys.executable, *here[1:]], capture_output=True, check=False).returncode != 0


def test_no_container_is_roots() -> None:
    user = instructions("USER")[-1].partition(":")[0]

    assert user.isdecimal() and int(user) > 0


def test_the_composed_mock_serves(redis: RedisServer) -> None:
    console = COMPOSE["services"]["console"]
    catalogue, inside, _ = console["volumes"][0].split(":")
    here = {inside: str((DEPLOY / catalogue).resolve()), "redis://redis:6379/0": redis.url}

    assert (DEPLOY / console["build"]["context"]).resolve() == ROOT
    assert (ROOT / console["build"]["dockerfile"]).is_file()
    serves(console["command"], here, "/__mock__/ready")


def test_the_kubernetes_mock_serves(redis: RedisServer, tmp_path: Path) -> None:
    console = container("rainbond-mock")
    store = next(entry["value"] for entry in console["env"] if entry["name"] == "RAINBOND_MOCK_STORE")
    redis_service = store.removeprefix("redis://").partition(":")[0]
    assert redis_service in [m["metadata"]["name"] for m in manifests() if m["kind"] == "Service"]
    here = {console["volumeMounts"][0]["mountPath"]: str(KUBERNETES)}

    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        serves([*console["args"], "--store", redis.url], here, console[probe]["httpGet"]["path"])


@pytest.mark.parametrize("manifest", manifests(), ids=lambda m: f"{m['kind']} {m['metadata']['name']}")
def test_the_manifest_is_valid(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_no_manifest_is_forgotten() -> None:
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))
    named = [*kustomization["resources"], *kustomization["configMapGenerator"][0]["files"], "kustomization.yaml"]

    assert sorted(named) == sorted(path.name for path in KUBERNETES.iterdir())


def test_services_lead_to_pods() -> None:
    pods = [m["spec"]["template"]["metadata"]["labels"] for m in manifests() if m["kind"] == "Deployment"]

    for service in (m for m in manifests() if m["kind"] == "Service"):
        assert [pod for pod in pods if service["spec"]["selector"].items() <= pod.items()], service["metadata"]["name"]
