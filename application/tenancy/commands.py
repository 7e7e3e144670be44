"""Every command of tenancy by its name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from application.tenancy.publish_policies import PublishPolicies

COMMANDS: Final[Mapping[str, type[Any]]] = MappingProxyType({PublishPolicies.name: PublishPolicies})
"""Name → class."""
