"""Settings from the environment, read once at start.

Each reader takes the name of a variable, its default and what it means. What is wrong is collected, so that one start tells all
of it, each with what to do, in English and Chinese (the language of the page is not known yet). What was read is kept in
`Environment.declared`; `docs/settings.md` is held against it by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off", ""})


class SettingsRefused(Exception):
    """Some settings are wrong; `str()` of it says which and what to do, one a line, in both languages."""


@dataclass(frozen=True)
class Declared:
    """One setting as declared: its name, what it is when it is missing, and its meaning in one sentence."""

    name: str
    default: str
    meaning: str


@dataclass
class Environment:
    """Reads typed values out of `values` and remembers what was asked for and what was wrong."""

    values: Mapping[str, str]
    declared: dict[str, Declared] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def text(self, name: str, default: str, meaning: str) -> str:
        """A text as it stands, without the spaces around it."""
        self.declared[name] = Declared(name, default, meaning)
        return self.values.get(name, default).strip()

    def flag(self, name: str, default: bool, meaning: str) -> bool:
        """1, true, yes, on - or 0, false, no, off; capitals do not matter."""
        given = self.text(name, "1" if default else "0", meaning).lower()
        if given not in YES | NO:
            self._refuse(name, given, "write 1 or 0", "请写 1 或 0")
        return given in YES

    def whole(self, name: str, default: int, meaning: str, *, least: int = 0, most: int = 2**31) -> int:
        """A whole number within [least, most]."""
        given = self.text(name, str(default), meaning)
        if not given.isdecimal() or not least <= int(given) <= most:
            self._refuse(name, given, f"write a whole number from {least} to {most}", f"请写 {least} 到 {most} 的整数")
            return default
        return int(given)

    def path(self, name: str, default: Path | str, meaning: str, *, shown: str | None = None) -> Path:
        """A folder or file, made absolute from the current folder; it need not exist yet. `shown` is the default for the docs."""
        given = Path(self.text(name, str(default), meaning)).expanduser()
        if shown is not None:
            self.declared[name] = Declared(name, shown, meaning)
        return given.absolute()

    def choice(self, name: str, default: str, allowed: tuple[str, ...], meaning: str) -> str:
        """One of the words in `allowed`."""
        given = self.text(name, default, meaning)
        if given not in allowed:
            words = ", ".join(allowed)
            self._refuse(name, given, f"write one of: {words}", f"请写其中之一：{words}")
            return default
        return given

    def url(self, name: str, default: str, meaning: str, *, schemes: tuple[str, ...]) -> str:
        """An address of one of these schemes, or empty. Its text is not repeated in messages: it may hold a password."""
        given = self.text(name, default, meaning)
        if given and (urlsplit(given).scheme not in schemes or not urlsplit(given).path.strip("/")):
            example = f"{schemes[0]}://user:password@host:5432/database"
            self._refuse(name, "…", f"write it like {example}", f"请写成 {example}")
            return default
        return given

    def words(self, name: str, default: str, meaning: str) -> tuple[str, ...]:
        """Words separated by commas."""
        return tuple(word.strip() for word in self.text(name, default, meaning).split(",") if word.strip())

    def pairs(self, name: str, default: str, meaning: str) -> Mapping[str, str]:
        """Pairs such as `teller=agent, clerk=analyst`; the order stays. A word alone stands under the empty name."""
        found: dict[str, str] = {}
        for word in self.words(name, default, meaning):
            key, mark, value = word.rpartition("=")
            if mark and not (key.strip() and value.strip()):
                self._refuse(name, word, "write pairs like name=value, separated by commas", "请写成 名称=值，用逗号分隔")
            found[key.strip()] = value.strip()
        return found

    def wholes(self, name: str, default: str, meaning: str, *, least: int, most: int) -> Mapping[str, int]:
        """A whole number within [least, most] for everybody, and others for those who are named: `30, administrator=15`."""
        found = {}
        for key, value in {"": default, **self.pairs(name, default, meaning)}.items():
            if value.isdecimal() and least <= int(value) <= most:
                found[key] = int(value)
            else:
                self._refuse(name, value, f"write whole numbers from {least} to {most}", f"请写 {least} 到 {most} 的整数")
        return {"": int(default), **found}

    def networks(self, name: str, default: str, meaning: str) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks such as 10.0.0.0/8, separated by commas."""
        found = []
        for word in self.words(name, default, meaning):
            try:
                found.append(ip_network(word, strict=False))
            except ValueError:
                self._refuse(name, word, "write networks like 10.0.0.0/8, separated by commas", "请写成 10.0.0.0/8 这样的网段，用逗号分隔")
        return tuple(found)

    def networks_of_each(self, name: str, default: str, meaning: str) -> Mapping[str, tuple[IPv4Network | IPv6Network, ...]]:
        """Networks for everybody, and others for those who are named, with spaces between: `10.0.0.0/8, administrator=10.1.2.0/24 10.1.3.7`."""
        found = {}
        for key, value in self.pairs(name, default, meaning).items():
            try:
                found[key] = tuple(ip_network(word, strict=False) for word in value.split())
            except ValueError:
                self._refuse(
                    name,
                    value,
                    "write networks like 10.0.0.0/8, or role=10.1.2.0/24 10.1.3.7",
                    "请写 10.0.0.0/8 或 角色=10.1.2.0/24 10.1.3.7",
                )
        return found

    def refuse_if_wrong(self) -> None:
        """Raise `SettingsRefused` with everything that was wrong; do nothing when all is well."""
        if self.wrong:
            raise SettingsRefused("\n".join(self.wrong))

    def _refuse(self, name: str, given: str, english: str, chinese: str) -> None:
        self.wrong.append(f"{name}={given}: {english}. / {name}={given}：{chinese}。")
