"""Policies by business identity (业务身份): which settings hold for whom, the most specific first, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from domain.kernel.quantity import flag, identifier
from domain.kernel.refusal import Refusal
from domain.tenancy.settings import CRITERIA, DEFAULTS, FIELDS, PolicyImpossible, Settings, Weight

POLICIES: Final = "policy"
"""The register of what is published."""

PUBLISHED: Final = "published"
"""The code of its only entry: all policies together, as they were last published."""

MAX_POLICIES: Final = 200
REMEMBERED: Final = 20_000
"""Most identities whose rules are kept as they were put together."""

DEFAULT: Final = "default"
EVERYBODY: Final = "tenant"
LINE: Final = "line"
SCENARIO: Final = "scenario"
BOTH: Final = "line and scenario"
NAMED: Final = "named"


class PolicyConflict(Refusal):
    """Two policies that are equally specific say different things to somebody (`policies`, `field`, `business`,
    `scenario`).

    Have one of them say nothing of it, or a third, more specific one settle it. Nothing was published.
    """

    code = "policy.conflict"


@dataclass(frozen=True, slots=True)
class PublishedPolicy:
    """Settings for everybody of the tenant, or for those of one `business` line, of one `scenario`, or of both.

    With `only_named` it holds for nobody but who names it.
    """

    name: str
    settings: Settings
    business: str = ""
    scenario: str = ""
    only_named: bool = False

    def __post_init__(self) -> None:
        identifier(self.name, "name")
        if self.business:
            identifier(self.business, "business")
        if self.scenario:
            identifier(self.scenario, "scenario")
        flag(self.only_named, "only_named")

    @property
    def code(self) -> str:
        return self.name

    @property
    def level(self) -> str:
        """Whom it is for."""
        if self.only_named:
            return NAMED
        if self.business and self.scenario:
            return BOTH
        return LINE if self.business else SCENARIO if self.scenario else EVERYBODY

    def facts(self) -> dict[str, Any]:
        """What is kept of it."""
        return {
            "name": self.name,
            "business": self.business,
            "scenario": self.scenario,
            "only_named": self.only_named,
            "settings": self.settings.facts(),
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "PublishedPolicy":
        """The policy as it is kept."""
        return cls(**{**facts, "settings": Settings.of(facts["settings"])})


class Rule(NamedTuple):
    """One setting as it holds, the policy that says so (empty: nobody does) and the level it says it at."""

    field: str
    value: Any
    policy: str
    level: str


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Rules:
    """Everything that holds for an identity, setting by setting: the same object for as long as the same holds.

    `name` is the policy's that says by what a plan is better, or the criterion's where none does.
    """

    name: str
    rules: Mapping[str, Rule]

    def __getitem__(self, field: str) -> Any:
        return self.rules[field].value


Where = tuple[str, str]
"""A business line and a scenario, each empty for any."""


class Policies:
    """What is published for one tenant, compiled: the rules of each identity are put together once."""

    def __init__(self, policies: Sequence[PublishedPolicy] = ()) -> None:
        self.policies = tuple(policies)
        self._at: dict[Where, list[PublishedPolicy]] = {}
        self._named = {policy.name: policy for policy in policies}
        for policy in policies:
            if not policy.only_named:
                self._at.setdefault((policy.business, policy.scenario), []).append(policy)
        self._lines = {business for business, _ in self._at}
        self._scenarios = {scenario for _, scenario in self._at}
        self._rules: dict[tuple[Where, str], Rules] = {}

    def names(self) -> list[str]:
        """What a promise may name: the criteria, and everything that is published."""
        return [*CRITERIA, *self._named]

    def rules(self, business: str, scenario: str, named: str = "") -> Rules | None:
        """What holds for the identity; what is `named` goes before all else. None if there is nothing of that name."""
        where = (business if business in self._lines else "", scenario if scenario in self._scenarios else "")
        rules = self._rules.get((where, named))
        if rules is None and (not named or named in self._named or named in CRITERIA):
            if len(self._rules) >= REMEMBERED:
                self._rules.clear()
            rules = self._rules[where, named] = self._compiled(where, named)
        return rules

    def _compiled(self, where: Where, named: str) -> Rules:
        said = DEFAULTS.said()
        rules = {field: Rule(field, said.get(field), "", DEFAULT) for field in FIELDS}
        for policy in self._meeting(where):
            for field, value in policy.settings.said().items():
                rules[field] = Rule(field, value, policy.name, policy.level)
        if named:
            own = self._named.get(named)
            said = {"mix": (Weight(named),)} if own is None else own.settings.said()
            rules |= {field: Rule(field, value, named, NAMED) for field, value in said.items()}
        return Rules(named or rules["mix"].policy or rules["mix"].value[0].criterion, rules)

    def _meeting(self, where: Where) -> Iterator[PublishedPolicy]:
        """Those that the identity meets, the most specific last."""
        business, scenario = where
        for each in dict.fromkeys([("", ""), (business, ""), ("", scenario), where]):
            yield from self._at.get(each, ())

    # -- before it is published ---------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raises PolicyConflict, PolicyImpossible: the first there is, of these that are published together."""
        for policy in self.policies:
            if policy.name in CRITERIA:
                raise PolicyImpossible(
                    f"{policy.name} is the name of a criterion", policies=[policy.name], field="name"
                )
            if policy.only_named and (policy.business or policy.scenario):
                raise PolicyImpossible(
                    f"{policy.name} is for who names it alone, and yet for others",
                    policies=[policy.name],
                    field="only_named",
                )
            policy.settings.check(policy.name)
            if policy.only_named:
                _possible(self.rules("", "", policy.name), "", "")
        for where, policies in self._at.items():
            for number, policy in enumerate(policies):
                for other in policies[:number]:
                    self._agree(other, policy, where)
        self._check_across()
        for business in sorted(self._lines | {""}):
            for scenario in sorted(self._scenarios | {""}):
                _possible(self.rules(business, scenario), business, scenario)

    def _check_across(self) -> None:
        """A line's policies and a scenario's meet at whoever is of both."""
        lines = [policy for policies in self._at.values() for policy in policies if policy.level == LINE]
        scenarios = [policy for policies in self._at.values() for policy in policies if policy.level == SCENARIO]
        for line in lines:
            for scenario in scenarios:
                self._agree(line, scenario, (line.business, scenario.scenario))

    def _agree(self, one: PublishedPolicy, other: PublishedPolicy, where: Where) -> None:
        said = other.settings.said()
        for field, value in one.settings.said().items():
            if field not in said or said[field] == value:
                continue
            if one.level != other.level and any(field in each.settings.said() for each in self._at.get(where, ())):
                continue  # a more specific one settles it
            raise PolicyConflict(
                f"{one.name} and {other.name} say different things of {field}",
                policies=[one.name, other.name],
                field=field,
                business=where[0],
                scenario=where[1],
            )

    # -- as it is kept ------------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        return {"policies": [policy.facts() for policy in self.policies], "active": True}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Policies":
        return cls([PublishedPolicy.of(each) for each in facts["policies"]])


def _possible(rules: Rules | None, business: str, scenario: str) -> None:
    """Raises PolicyImpossible for what cannot hold together."""
    if rules is None or not rules["whole_only"]:
        return
    splits, lines = rules.rules["max_splits"], rules.rules["whole_lines"]
    if splits.value:
        _cannot(splits, rules, business, scenario)
    if lines.value is False and lines.level != DEFAULT:
        _cannot(lines, rules, business, scenario)


def _cannot(rule: Rule, rules: Rules, business: str, scenario: str) -> None:
    raise PolicyImpossible(
        f"orders are served whole or not at all, and yet {rule.field} is {rule.value}",
        policies=list(dict.fromkeys((rules.rules["whole_only"].policy, rule.policy))),
        field=rule.field,
        business=business,
        scenario=scenario,
    )
