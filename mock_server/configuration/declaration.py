"""What a setting is: a class of settings is a frozen dataclass whose fields `setting` makes.

Default, kind and description of a setting are written there and nowhere else: command lines, variables, the
configuration file and its JSON Schema are made from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from mock_server.configuration.kinds import Kind


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it, its value, what is allowed and the nearest spelling."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as its class declares it.

    Attributes:
        name: its field's.
        kind: what it may be.
        text: what it is for, in one sentence.
        written: its default as a person writes it; None: there is none.
        variable: the environment's; None: by the class's prefix, if it has one.
        flags: its options on a command line, where they are not its name.
        elsewhere: where it belongs, if not into the configuration file.
    """

    name: str
    kind: Kind
    text: str
    written: object = None
    variable: str | None = None
    flags: tuple[str, ...] = ()
    elsewhere: str | None = None

    @property
    def key(self) -> str:
        """What the configuration file calls it."""
        return self.name.replace("_", "-")

    @property
    def option(self) -> str:
        """What a command line calls it."""
        return self.flags[0] if self.flags else f"--{self.key}"


def setting(default: object, kind: Kind, text: str, *, secret: bool = False, **more: Any) -> Any:
    """A field of a class of settings: its default as a person writes it, and what `Setting` says of it.

    A secret is left out of the repr.
    """
    value = None if default is None else kind.read(default)
    metadata = {"kind": kind, "text": text, "written": default, **more}
    if isinstance(value, dict):
        return field(default_factory=dict, repr=not secret, metadata=metadata)
    return field(default=value, repr=not secret, metadata=metadata)


def declared(settings: Any) -> dict[str, Setting]:
    """What a class of settings, or one of its objects, declares, by name."""
    return {each.name: Setting(each.name, **each.metadata) for each in fields(settings) if each.metadata}


def check(settings: object) -> None:
    """Bring the values of new settings into form.

    Raises:
        SettingsError: one is not allowed.
    """
    for name, each in declared(settings).items():
        value = getattr(settings, name)
        if value is not None or each.written is not None:
            try:
                object.__setattr__(settings, name, each.kind.read(value))
            except ValueError as error:
                raise SettingsError(f"{name}: {error}") from None


def json_schema(settings: type) -> dict[str, Any]:
    """The JSON Schema of a class's table in the configuration file."""
    properties = {
        each.key: {
            **each.kind.schema,
            "description": each.text,
            **({} if each.written in (None, "", (), {}) else {"default": each.written}),
        }
        for each in declared(settings).values()
        if each.elsewhere is None
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}
