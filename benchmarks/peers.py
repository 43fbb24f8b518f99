"""The servers that are compared, and how each is started on the same contract. What npm brings goes into a cache."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.material import SPEC, Material
from benchmarks.processes import ROOT, Server

FROM_NPM = {"openapi-backend": "openapi-backend", "Prism": "@stoplight/prism-cli", "Mockoon": "@mockoon/cli"}
MINUTES_TO_INSTALL = 10


def cache() -> Path:
    """Where npm installs unless told otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rainbond-mock" / "benchmarks"


def mock(name: str, *options: str) -> Server:
    command = (sys.executable, "-m", "mock_server.cli", "serve", "--port", "{port}", *options)
    return Server(name, importlib.metadata.version("rainbond-mock"), command)


def floor() -> Server:
    return Server("bare ASGI application", "", (sys.executable, "-m", "benchmarks.apps.floor", "{port}"))


def connexion() -> Server:
    command = (sys.executable, "-m", "benchmarks.apps.plain_connexion", str(SPEC), "{port}")
    return Server("plain Connexion", importlib.metadata.version("connexion"), command)


def from_npm(folder: Path, material: Material) -> tuple[list[Server], list[str]]:
    """What npm could install into a folder; and a line about each that it could not."""
    if not shutil.which("npm"):
        return [], [f"{', '.join(FROM_NPM)}: not measured, npm is not installed."]
    found, missing = [], []
    for name, package in FROM_NPM.items():
        version = _installed(folder, package)
        if version:
            found.append(Server(name, version, _command(name, folder, material.spec)))
        else:
            missing.append(f"{name}: not measured, npm could not install {package}.")
    return found, missing


def prism(folder: Path, spec: Path) -> Server | None:
    """Prism on a contract; None where npm cannot install it."""
    version = _installed(folder, FROM_NPM["Prism"]) if shutil.which("npm") else ""
    return Server("Prism", version, _command("Prism", folder, spec)) if version else None


def _command(name: str, folder: Path, spec: Path) -> tuple[str, ...]:
    programs = folder / "node_modules" / ".bin"
    return {
        "openapi-backend": (
            "node",
            str(ROOT / "benchmarks" / "apps" / "openapi_backend.mjs"),
            str(folder),
            str(spec),
            "{port}",
        ),
        "Prism": (str(programs / "prism"), "mock", str(spec), "--port", "{port}", "--verboseLevel", "silent"),
        "Mockoon": (str(programs / "mockoon-cli"), "start", "--data", str(spec), "--port", "{port}"),
    }[name]


def _installed(folder: Path, package: str) -> str:
    """The version that the folder holds now; empty where npm could not install it."""
    description = folder / "node_modules" / package / "package.json"
    if not description.exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), package]
        limit = MINUTES_TO_INSTALL * 60
        subprocess.run(install, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, check=False)
    if not description.exists():
        return ""
    return str(json.loads(description.read_text(encoding="utf-8"))["version"])
