"""The guard rails of a clause, and which places it reads."""

from datetime import UTC, datetime

import pytest

from approvals.policy import cel
from approvals.policy.clauses import compile_clause, shown_at, with_values


@pytest.mark.parametrize(
    ("clause", "because"),
    [
        ("args.amount >", "Syntax error"),
        ("amount > 5", "undeclared reference to 'amount'"),
        ("args.amount", "it answers DYN, not BOOL"),
        ("'yes'", "it answers STRING, not BOOL"),
        ("[true]", "it answers LIST<BOOL>, not BOOL"),
        ("tool == 1", "no matching overload"),
        ("confidence >= 1", "write the number with a decimal point"),
        ("args.a == '" + "x" * 2048 + "'", "split it into several clauses"),
        ("args.rows.all(r, r.cells.all(c, c > 0))", "comprehensions may not nest"),
        ("args.rows.exists(r, args.others.filter(o, o == r).size() > 0)", "comprehensions may not nest"),
        ("args.rows.all(args, args > 1)", "args names something already"),
        ("args.name.matches(args.pattern)", "write the regex as one literal"),
        ("args.name.matches('a' + args.pattern)", "write the regex as one literal"),
        ("matches(args.name, args.pattern)", "write the regex as one literal"),
        ("args.name.matches('(')", "is not a regex of RE2"),
        ("args.name.matches('(?=x)')", "is not a regex of RE2"),
        ("(" * 200 + "true" + ")" * 200, "recursion limit"),
    ],
)
def test_refused_with_what_to_do(clause: str, because: str) -> None:
    with pytest.raises(ValueError) as refused:
        compile_clause(clause)
    assert because in str(refused.value)


@pytest.mark.parametrize(
    "clause",
    [
        "args.rows.all(r, r > 0) && args.others.exists(o, o > 0)",
        "args.rows.filter(r, r > 0).all(r, r < 9)",
        "args.name.matches('^[a-z]+$')",
        "matches(args.name, r'^\\d+$')",
        "args.matches == 1",
        "args.note.contains('.all(x, y.all(')",
        "now.getDayOfWeek() == 1",
        "agent.version == 'v4' && tier != 'draft'",
        "true // args.rows.all(r, r.all(c, c))",
    ],
)
def test_accepted(clause: str) -> None:
    assert compile_clause(clause).text == clause


@pytest.mark.parametrize(
    ("clause", "reads"),
    [
        ("args.amount > 5", ["args.amount"]),
        ("args.a > args.b", ["args.a", "args.b"]),
        ("args.a > 1 && args.a < 5", ["args.a"]),
        ("args['k-1'].rows[0] == args[\"x\"]", ["args['k-1'].rows[0]", 'args["x"]']),
        ("args.name.startsWith('args.x')", ["args.name"]),
        ("size(args) > 3 && confidence < 0.5", ["args", "confidence"]),
        ("args.rows.all(r, r < args.most)", ["args.rows", "args.most"]),
        ("impact.args == 1", ["impact.args"]),
        (".args.a == 1", ["args.a"]),
        ("'b' in args", ["args"]),
    ],
)
def test_places_that_a_clause_reads(clause: str, reads: list[str]) -> None:
    assert [read.text for read in compile_clause(clause).reads] == reads


def test_values_stand_in_brackets_behind_their_places() -> None:
    clause = compile_clause("args.amount > 500 && args.name ==\n 'x'")
    assert with_values(clause, (("args.amount", "800"), ("args.name", "absent"))) == (
        "args.amount (800) > 500 && args.name (absent) == 'x'"
    )


@pytest.mark.parametrize("clause", ["args.iban == 'x'", "args.iban.country == 'x'", "size(args) > 1"])
def test_nothing_at_or_around_a_sensitive_place_is_shown(clause: str) -> None:
    read = compile_clause(clause).reads[0]
    assert shown_at(read, {"args": {"iban": "DE02"}}, (("iban",),)) == "hidden"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (800, "800"),
        (80.0, "80"),
        (80.5, "80.5"),
        (None, "null"),
        (True, "true"),
        ("cus 1", '"cus 1"'),
        ('a" (approved) "', '"a\\" (approved) \\""'),
        ("a\u202eb", '"a«U+202E»b"'),
        ("x" * 100, '"' + "x" * 79 + "… (100 characters)"),
        ([1, 2], "2 entries"),
        ({"a": 1}, "1 entry"),
    ],
)
def test_how_a_value_is_shown(value: object, text: str) -> None:
    read = compile_clause("args.a == 1").reads[0]
    assert shown_at(read, {"args": {"a": value}}, ()) == text


def test_many_clauses_answer_as_one_list_even_with_comments() -> None:
    program = cel.compile(["args.a > 1 // )", "args.a > 2"])
    assert cel.evaluate(program, {"args": {"a": 2}}) == [True, False]
    assert cel.evaluate(program, {"args": {}}) is None


@pytest.mark.parametrize("value", ["\ud800", 2**70, "text", None, [1], float("nan"), datetime(2026, 1, 1, tzinfo=UTC)])
def test_no_value_makes_the_engine_raise(value: object) -> None:
    assert cel.evaluate(cel.compile("args.a > 1"), {"args": {"a": value}}) in {None, False}


def test_the_engine_names_its_version() -> None:
    assert cel.describe().startswith("cel-expr-python ")
