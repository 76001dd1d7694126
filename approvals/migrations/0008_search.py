"""Searching a long queue on PostgreSQL: by trigrams of what is searched, for what waits alone."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import per_database

# Whoever may not install an extension searches without the index: the same answers, slower in a very long queue.
INDEX = """do $$ begin
 create extension if not exists pg_trgm;
 create index action_search on approvals_action
  using gin (lower(tool || ' ' || counterpart || ' ' || effect_sentence) gin_trgm_ops) where state = 'pending';
exception when insufficient_privilege or undefined_file or feature_not_supported then
 raise notice 'pg_trgm is not there: searching a long queue will be slower';
end $$"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("approvals", "0007_claims")]

    operations: ClassVar[list[migrations.RunPython]] = [per_database(postgresql=[INDEX], sqlite=[])]
