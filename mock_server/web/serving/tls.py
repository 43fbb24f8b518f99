"""Certificates: the user's own, or one made on the spot. The only user of trustme."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mock_server.settings import Settings, SettingsError

NAMES = ("localhost", "127.0.0.1", "::1")
"""What a certificate made on the spot is good for, beside the host that is listened on."""

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


@contextlib.contextmanager
def prepared(settings: Settings) -> Iterator[Settings]:
    """The same settings with a certificate that can be used, where they ask for one.

    One made on the spot is gone after the block, its key with it; its authority is `ca.pem` beside it.

    Raises:
        SettingsError: the files are no certificate with its key, or a package is missing.
    """
    if not settings.tls:
        yield settings
    elif settings.tls_cert is not None:
        _check(settings)
        yield settings
    else:
        with tempfile.TemporaryDirectory(prefix="rainbond-mock-tls-") as name:
            yield _made(settings, Path(name))


def authority(settings: Settings) -> Path | None:
    """The authority that clients are to trust, of a certificate that was made on the spot."""
    made = settings.tls_cert.with_name("ca.pem") if settings.tls_cert else None
    return (
        made if made and settings.tls_cert and settings.tls_cert.parent.name.startswith("rainbond-mock-tls-") else None
    )


def _made(settings: Settings, folder: Path) -> Settings:
    try:
        # Late, because trustme is an optional extra.
        import trustme  # noqa: PLC0415
    except ImportError:
        raise SettingsError(
            "tls: a certificate made on the spot needs one more package: pip install 'rainbond-mock[tls]'"
            "; or give your own: --tls-cert FILE --tls-key FILE"
        ) from None
    maker = trustme.CA()
    host = () if settings.host in EVERYWHERE else (settings.host,)
    made = maker.issue_cert(*dict.fromkeys((*host, *NAMES)))
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    maker.cert_pem.write_to_path(str(folder / "ca.pem"))
    key.touch(mode=0o600)
    made.private_key_pem.write_to_path(str(key))
    for part in made.cert_chain_pems:
        part.write_to_path(str(certificate), append=True)
    return replace(settings, tls_cert=certificate, tls_key=key)


def _check(settings: Settings) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for name, path in (("tls-cert", settings.tls_cert), ("tls-key", settings.tls_key)):
        if path is not None and not path.is_file():
            raise SettingsError(f"{path}: no such file (--{name})")
    try:
        context.load_cert_chain(
            str(settings.tls_cert), settings.tls_key and str(settings.tls_key), password=_no_password
        )
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise SettingsError(
            f"tls-cert: {settings.tls_cert}: no certificate with its key in PEM form: {reason}"
        ) from None


def _no_password() -> str:
    raise SettingsError("tls-key: a key with a password cannot be used; allowed: a key without one")
