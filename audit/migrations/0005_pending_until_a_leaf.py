"""An event stops waiting for its log only by being in it, so nobody can keep one out by taking its row away."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import never_replaced, per_database


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0004_log_stays")]

    operations: ClassVar[list[migrations.RunPython]] = [
        per_database(
            postgresql=[
                """create function audit_pendingevent_waits() returns trigger language plpgsql as $$
                    begin
                      if tg_op = 'DELETE' and exists (select 1 from audit_leaf where event_id = old.event_id) then
                        return old;
                      end if;
                      raise exception 'an event waits until it is a leaf' using errcode = 'restrict_violation';
                    end $$""",
                "create trigger audit_pendingevent_waits before update or delete on audit_pendingevent"
                " for each row execute function audit_pendingevent_waits()",
                "alter table audit_pendingevent enable always trigger audit_pendingevent_waits",
                "create trigger audit_pendingevent_never_empty before truncate on audit_pendingevent"
                " execute function audit_pendingevent_waits()",
                "alter table audit_pendingevent enable always trigger audit_pendingevent_never_empty",
            ],
            sqlite=[
                "create trigger audit_pendingevent_waits before delete on audit_pendingevent"
                " when not exists (select 1 from audit_leaf where event_id = old.event_id)"
                " begin select raise(abort, 'an event waits until it is a leaf'); end",
                "create trigger audit_pendingevent_no_update before update on audit_pendingevent"
                " begin select raise(abort, 'an event waits until it is a leaf'); end",
            ],
        ),
        never_replaced("audit_pendingevent", "an event waits until it is a leaf"),
    ]
