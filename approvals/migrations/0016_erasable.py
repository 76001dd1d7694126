"""Rows that nobody rewrites may lose a value for good, marked by `erased_at`; triggers let nothing else change."""

from typing import Any, ClassVar

from django.db import migrations, models

from tenancy.erasable import NO_ARGUMENTS, NO_BYTES, NO_LIST, NO_OBJECT, NO_TEXT, NOBODY, Blank, Rule, erasable

# Who decided stays as an id; only the name may go, person by person.
_DECIDED_BY = Rule(
    "(select coalesce(jsonb_agg(n.x ->> 'id' order by n.i), '[]') from jsonb_array_elements(new.decided_by)"
    " with ordinality n (x, i)) = (select coalesce(jsonb_agg(o.x ->> 'id' order by o.i), '[]')"
    " from jsonb_array_elements(old.decided_by) with ordinality o (x, i))"
    " and not exists (select 1 from jsonb_array_elements(new.decided_by) with ordinality n (x, i)"
    " join jsonb_array_elements(old.decided_by) with ordinality o (x, i) on o.i = n.i"
    " where n.x ->> 'name' not in (o.x ->> 'name', 'Erased person'))",
    "(select json_group_array(value ->> 'id') from json_each(new.decided_by))"
    " = (select json_group_array(value ->> 'id') from json_each(old.decided_by))"
    " and not exists (select 1 from json_each(new.decided_by) n join json_each(old.decided_by) o on o.key = n.key"
    " where n.value ->> 'name' not in (o.value ->> 'name', 'Erased person'))",
)
ERASABLE: dict[str, dict[str, Blank | Rule]] = {
    "revision": {"args": NO_ARGUMENTS, "digest": NO_BYTES, "changes": NO_LIST, "author_name": NOBODY},
    "review": {"user_name": NOBODY, "digest": NO_BYTES, "comment": NO_TEXT},
    "decision": {"changes": NO_LIST, "comment": NO_TEXT, "decided_by": _DECIDED_BY},
    "snapshot": {"facts": NO_OBJECT, "facts_sha256": NO_TEXT},
    "message": {"author_name": NOBODY, "text": NO_TEXT},
    "policyversion": {"author_name": NOBODY},
    "policysignature": {"user_name": NOBODY},
    "policyactivation": {"by_name": NOBODY},
    "incidententry": {"by": NOBODY, "text": NO_TEXT, "data": NO_OBJECT},
}


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("approvals", "0015_proof_and_evidence")]

    operations: ClassVar[list[Any]] = [
        *(migrations.AddField(name, "erased_at", models.DateTimeField(blank=True, null=True)) for name in ERASABLE),
        *(erasable(f"approvals_{name}", columns) for name, columns in ERASABLE.items()),
    ]
