"""Values as YAML gives them, in the sections and the front matter of parts."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parseaddr
from typing import Annotated

from pydantic import Field

Text = Annotated[str, Field(min_length=1)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")


def listed(value: object) -> object:
    """One value, several with commas, or a list: as a list; nothing: as an empty one.

    Args:
        value: What YAML read.
    """
    if value is None:
        return []
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def as_moment(value: object) -> object:
    """A time of day or a moment, as text.

    Args:
        value: What YAML read.

    Raises:
        ValueError: It is no text: YAML takes a bare 09:14 for a number.
    """
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None).isoformat(timespec="minutes")
    if not isinstance(value, str):
        raise ValueError(f'YAML read {value!r}; put the time in quotes, as "09:14"')
    return value


def address_of(written: str) -> str:
    """The mail address in `name <address>`, or the address itself.

    Args:
        written: What stands in a head.

    Raises:
        ValueError: It is none.
    """
    address = parseaddr(written)[1] if "<" in written else written.strip()
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"'{address}' is no mail address; write {{{{ role.email }}}}")
    return address
