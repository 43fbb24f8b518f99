"""Which names and texts hold secrets; no text takes long to search."""

from __future__ import annotations

import pytest

from mock_server.contract.secrets.secret_names import is_secret_name
from mock_server.contract.secrets.secret_texts import clean, find

X = "hunter2-Zq9"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "PASSWORD",
        "X-Gitlab-Token",
        "accessToken",
        "auth_token",
        "GITHUB_TOKEN",
        "password1",
        "secret_key",
        "DB_PASSWORD",
        "dbpassword",
        "clientSecret",
        "aws.secretAccessKey",
        "X-Api-Key",
        "apikey",
        "APIKey",
        "MYSQL_PWD",
        "registry-passwd",
        "authorization",
        "Cookie",
        "Set-Cookie",
        "sshPrivateKey",
        "passphrase",
        "X-Hub-Signature-256",
        "githubToken2",
        "tokens",
        "user_credentials",
        "JWT",
        "HTTPAuth",
        "mysql_root_pass",
        "signing-key",
        "SECRET",
    ],
)
def test_a_secrets_name_is_known_in_any_case_style(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "token_type",
        "tokenUrl",
        "author",
        "keyboard",
        "public_key",
        "key",
        "username",
        "branch",
        "compass",
        "secretary",
        "passenger",
        "tokenizer",
        "password_policy",
        "monkey",
        "secretName",
        "authority",
        "bypass",
        "",
        "12",
        "app_id",
    ],
)
def test_other_names_are_no_secrets(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "text",
    [
        f"--password {X}",
        f"mysql --db-password={X} -h db",
        f"run --token '{X} {X}'",
        f"PASSWORD={X}",
        f"export GITHUB_TOKEN={X}\nls",
        f"password: {X}",
        f"password: |\n  {X}\n  {X}\nuser: me",
        f'"accessToken" : "{X}"',
        f'{{\\"password\\": \\"{X}\\"}}',
        f'{{"password": "a\\"{X}"}}',
        f'{{"name": "DB_PASSWORD", "value": "{X}"}}',
        f'<env name="DB_PASSWORD" value="{X}"/>',
        f"<password>{X}</password>",
        f"<password><![CDATA[{X}]]></password>",
        f"https://robot:{X}@git.example.com/a.git",
        f"https://robot:pa ss {X}@git.example.com",
        f'https://robot:a"{X}@h',
        f"https://robot:a'b {X}@h",
        f"https://robot:a/{X}@h",
        f"see https://a.example/x and https://robot:{X}@h",
        f"//x//y:{X}@h",
        f"https://{X}@h/x",
        f"oauth2:{X}@git.example.com/a",
        f"redis://:{X}@redis:6379/0",
        f"rediss//:{X}@h",
        f"url=oauth2:{X}@h",
        f"Authorization: Bearer {X}",
        f"bearer {X}",
        f"password%3D{X}%26a=b",
        f"?access_token={X}&a=b",
        f'Content-Disposition: form-data; name="token"\r\n\r\n{X}\r\n--B',
        f"glpat-{X}-{X}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{X.replace('-', '')}\n-----END RSA PRIVATE KEY-----",
        f"curl -u robot:{X} http://h",
        f"secret => '{X}'",
        f"secret := {X}",
        f"password='{X}",
    ],
)
def test_a_secret_is_taken_out_of_a_text(text: str) -> None:
    assert "hunter2" not in clean(text)


BEGINNINGS = (
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "glrt-", "xoxb-", "sk_live_", "sk-", "npm_", "hf_",
    "dop_v1_", "AKIA", "ASIA", "eyJhbGciOiJI.e30.", "bearer ", "Basic ", "curl -u ab:",
)  # fmt: skip


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_a_secret_of_a_known_shape_is_taken_out(begin: str) -> None:
    secret = "ABCDEFGH23456789"

    assert secret not in clean(f"see {begin}{secret} there")


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com:org/app.git",
        "mail me@example.com",
        "http://h:80/x",
        "registry.example.com/app:1@sha256:abc",
        "docker_image",
        'see http://h:80, "mail": "a@b"',
        "mailto:me@example.com",
        "a token of love",
        "token_type: x",
        "https://example.com/a?b=c&author=me",
        "task-abcdefghijklmnop",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert clean(text) == text


PIECES = (
    "@",
    "//",
    ":",
    "a:=",
    "password",
    "password=",
    "password:",
    "password<",
    "token ",
    '"',
    "\\",
    '\\"',
    'name="password"\r\n',
    "{",
    "[",
    "-----BEGIN PRIVATE KEY",
    "eyJ",
    "eyJ-",
    "eyJaaaaaaaa.",
    "x",
    " ",
    "_",
    "a-",
    "password\\\\",
    "%3D",
    "password%3D",
    "//a:b ",
    "secret>",
    "password:|\n ",
    "-u ",
    "a:",
    "'",
    "password='",
    "password=[",
    "A",
    "aA",
    "1",
    'password"value',
    "\n",
    "\r\n\r\n",
    "bearer ",
    "key",
)


@pytest.mark.parametrize("piece", PIECES)
def test_a_hostile_text_is_searched_once_not_over_and_over(piece: str) -> None:
    for other in ("", "@", "password", "\\", "//"):
        unit = piece + other
        assert find(unit * (64_000 // len(unit))) is not None
