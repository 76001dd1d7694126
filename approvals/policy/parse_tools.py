"""The `tools` of a document."""

import re

from approvals.policy.model import RISKS, AmountSpec, OnSchemaError, ToolSpec
from approvals.policy.reading import Section

ON_SCHEMA_ERROR: tuple[OnSchemaError, ...] = ("refuse", "ask")
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_ARGS = ("args",)


def tools(root: Section, on_schema_error: OnSchemaError) -> dict[str, ToolSpec]:
    return {name: _tool(name, section, on_schema_error) for name, section in root.named("tools")}


def _tool(name: str, section: Section, on_schema_error: OnSchemaError) -> ToolSpec:
    spec = ToolSpec(
        name=name,
        schema=section.free("schema") if section.raw("schema") is not None else None,
        effect_text=section.text("effect_text"),
        version=section.whole("version", 1),
        access=section.word("access", ("read", "write"), "write"),
        writes_pii=section.flag("writes_pii", default=True),
        data_classes=section.texts("data_classes", most=100),
        risk=section.word("risk", RISKS, "medium"),
        reversible=section.flag("reversible", default=False),
        amount=_amount(section.section("amount")) if section.has("amount") else None,
        counterpart=section.path("counterpart", _ARGS),
        sensitive=section.paths("sensitive", _ARGS),
        on_schema_error=section.word("on_schema_error", ON_SCHEMA_ERROR, on_schema_error),
    )
    section.close()
    return spec


def _amount(section: Section) -> AmountSpec | None:
    path = section.path("path", _ARGS)
    currency = section.text("currency")
    if not section.has("path"):
        section.fault("path", "missing", "say where the amount stands, such as args.amount_usd")
    if currency is None or not _CURRENCY.fullmatch(currency):
        section.fault("currency", "bad_currency", "write the three letters of ISO 4217, such as USD")
    section.close()
    return AmountSpec(path=path, currency=currency) if path and currency else None
