-- The tables of the yardstick: three rows for a submit, four statements for a decision.
create table action(id uuid primary key default gen_random_uuid(), org int not null, agent text not null, status smallint not null default 0,
  payload jsonb not null, created_at timestamptz not null default now(), decided_at timestamptz, version int not null default 0);
create index action_queue on action(org, created_at desc, id) where status = 0;
create table decision(id bigserial primary key, action_id uuid not null references action(id), reviewer text not null, verdict text not null,
  body jsonb, created_at timestamptz not null default now());
create unique index decision_once on decision(action_id);
create table audit(id bigserial primary key, action_id uuid not null, kind text not null, body jsonb not null, created_at timestamptz not null default now());
create index audit_action on audit(action_id, id);
create table outbox(id bigserial primary key, topic text not null, body jsonb not null, created_at timestamptz not null default now());
