"""A function's call as a tool call: its arguments by name going out, the approved ones coming back in."""

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from string import Formatter
from typing import Any, Self

from countersign.envelope import Envelope
from countersign.errors import UnfitArguments
from countersign.execution import Execution, fit
from countersign.verbs import OnQuestion
from countersign.wire import Outcome, Steps


@dataclass(frozen=True, slots=True)
class Terms:
    """What a gate says and how long it waits (seconds), the same for each call; the summary is a format string."""

    tool: str
    timeout: float | None
    omit: Collection[str]
    on_question: OnQuestion | None
    traceparent: str | None
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Gate:
    """How one function is gated. `omit`: parameters that pass by the reviewers (self, a database handle): they are
    neither shown, nor signed, nor changed. `varied`: the name of the function's **parameter, whose items count as
    arguments of their own.
    """

    function: Callable[..., Any]
    signature: inspect.Signature
    terms: Terms
    varied: str | None

    @classmethod
    def of(cls, function: Callable[..., Any], terms: Terms) -> Self:
        """Raises TypeError or ValueError where the function is defined, not when it is called."""
        signature, summary, omit = inspect.signature(function), terms.envelope.get("summary"), terms.omit
        kinds = {p.kind: p.name for p in signature.parameters.values()}
        star = kinds.get(inspect.Parameter.VAR_POSITIONAL)
        if star is not None:
            raise TypeError(f"*{star} has no names to show a reviewer; take a list instead")
        varied = kinds.get(inspect.Parameter.VAR_KEYWORD)
        strange = set(omit) - signature.parameters.keys()
        if strange:
            raise ValueError(f"omit names no parameter of {function.__name__}: {sorted(strange)}")
        fields = {name for _, name, _, _ in Formatter().parse(summary or "") if name is not None}
        unknown = {name.split(".")[0].split("[")[0] for name in fields} - (signature.parameters.keys() - set(omit))
        if unknown and varied is None:
            raise ValueError(f"summary names no argument of {function.__name__}: {sorted(unknown)}")
        return cls(function, signature, terms, varied)

    def proposed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """(arguments to propose, arguments omitted), with defaults. Raises TypeError as the function would."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        named = dict(bound.arguments)
        more = named.pop(self.varied, {}) if self.varied else {}
        omitted = {name: value for name, value in named.items() if name in self.terms.omit}
        return {name: value for name, value in named.items() if name not in omitted} | more, omitted

    def steps(self, execution: Execution, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[Outcome[Any]]:
        """One call: submit, wait, run."""
        terms = self.terms
        proposed, omitted = self.proposed(args, kwargs)
        fields = terms.envelope.copy()
        template = fields.get("summary")
        if template is not None:
            fields["summary"] = template.format(**proposed)
        submit = execution.verbs.submit(terms.tool, proposed, fields, traceparent=terms.traceparent)
        fits = partial(self.fit, omitted)
        return execution.submitted(submit, terms.tool, fits, terms.timeout, terms.on_question)

    def fit(self, omitted: Mapping[str, Any], approved: Mapping[str, Any]) -> Callable[[], Any]:
        """The call that runs. Raises UnfitArguments, also where approved arguments name an omitted parameter."""
        clash = sorted(omitted.keys() & approved.keys())
        if clash:
            raise UnfitArguments(f"The approved arguments name {clash}, which the gate omits. Nothing ran.")
        return fit(self.function, {**approved, **omitted})
