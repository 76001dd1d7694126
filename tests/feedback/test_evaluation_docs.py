"""The gate in docs/evaluation.md is one, and its commands are those of the product."""

import re

import yaml

from feedback.gate.spec import MustNot, Slice, Spec, parse
from feedback.management.commands.gate import Command
from tests.architecture.source import ROOT

TEXT = (ROOT / "docs" / "evaluation.md").read_text()


def test_the_gate_of_the_page_is_read_whole() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert parse(yaml.safe_load(block)) == Spec(
        name="release",
        slices=(Slice("tool=billing.refund", 0.05),),
        must_not=(MustNot("must_not", 0.03),),
        reliability=0.05,
        newly_failing=0.02,
        latency_p95_ms=4000.0,
        cost_mean=0.02,
    )


def test_its_commands_are_understood() -> None:
    blocks = re.findall(r"```\n(python manage\.py gate.*?)```", TEXT, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    parsed = [Command().create_parser("manage.py", "gate").parse_args(line.split()[3:]) for line in lines]
    assert [(found.verb, found.workspace) for found in parsed] == [
        ("baseline", "demo"),
        ("check", "demo"),
        ("schedule", "demo"),
        ("unschedule", "demo"),
        ("upload", "demo"),
    ]
    assert (parsed[1].format, parsed[1].baseline) == ("json,junit,markdown", "tag:baseline")
