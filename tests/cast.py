"""The cast of every story, made through the verbs that people use.

Ada leads (groups reviewers, finance), Ben reviews (reviewers, finance), Vera only looks, Dana audits, Eve administers
and owns otto, the agent. Cleo reviews in another workspace and must see nothing of this one.
"""

from dataclasses import dataclass, field
from datetime import datetime

from accounts import queries as accounts_queries
from accounts import services as accounts
from accounts.queries import Caller, Member
from approvals import envelope, services
from approvals.answers import ActionView
from approvals.lifecycle import Remember
from audit.actor import OPERATOR, Door

PASSWORD = "a long password for the cast"

POLICY = """\
name: cast
defaults: {effect: require_approval, reviewers: [{group: reviewers, quorum: 1}], expires_in: 4h, execute_within: 15m,
           undo: {medium: 0s, high: 0s, critical: 0s}, dwell: {medium: 0s, high: 0s, critical: 0s}}
tools:
  billing.refund:
    schema:
      type: object
      required: [customer_id, amount_usd]
      properties: {customer_id: {type: string}, amount_usd: {type: number, exclusiveMinimum: 0}, note: {type: string}}
    effect_text: "Refunds {amount_usd} USD to customer {customer_id}."
    version: 1
    writes_pii: false
    risk: medium
    amount: {path: args.amount_usd, currency: USD}
    counterpart: args.customer_id
  crm.note:
    schema: {type: object, required: [text], properties: {text: {type: string}}}
    effect_text: "Writes a note."
    version: 1
    writes_pii: false
    risk: low
  crm.delete:
    schema: {type: object, required: [id], properties: {id: {type: string}}}
    effect_text: "Deletes record {id}."
    version: 1
    risk: critical
agents:
  otto: {owner: eve@example.com, tier: autonomous, tools: {"*": {}}}
rules:
  - {id: small-refunds, tools: [billing.refund], when: ["args.amount_usd <= 50"], effect: allow}
  - {id: refunds-over-50, tools: [billing.refund], when: ["args.amount_usd > 50"], effect: require_approval}
  - id: refunds-over-500
    tools: [billing.refund]
    when: ["args.amount_usd > 500"]
    effect: require_approval
    reviewers: [{group: finance, quorum: 2}]
    second_person_for_edits: true
  - {id: no-deletes, tools: ["*.delete"], effect: deny}
"""


@dataclass(slots=True)
class Stage:
    """One workspace with its cast. `keys` and `tokens` are secrets by name."""

    id: str
    slug: str
    at: datetime
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    otto: Caller = field(default=None)  # type: ignore[assignment]

    def member(self, name: str) -> Member:
        found = accounts_queries.member_of(self.people[name], self.slug)
        if found is None:
            raise LookupError(f"{name} is no member of {self.slug}")
        return found

    def submit(
        self,
        tool: str = "billing.refund",
        args: dict[str, object] | None = None,
        *,
        at: datetime | None = None,
        remember: Remember | None = None,
        **claims: object,
    ) -> ActionView:
        """otto asks; by default for a refund of 80 USD, which waits for one reviewer."""
        given = {"customer_id": "cus_1", "amount_usd": 80} if args is None else args
        asked = envelope.read({"tool_call": {"name": tool, "args": given}, **claims})
        return services.submit(
            actor=self.otto.actor, at=at or self.at, caller=self.otto, envelope=asked, remember=remember
        )

    def review(self, name: str, view: ActionView, verdict: str = "approve", **options: object) -> ActionView:
        """Somebody votes on exactly what `view` shows."""
        member = self.member(name)
        given = {"at": self.at, "revision": view.revision, "digest": view.digest, **options}
        return services.review(
            actor=member.actor(Door.WEB, "password"),
            member=member,
            action_id=view.id,
            verdict=verdict,
            **given,  # type: ignore[arg-type]
        )


def set_stage(at: datetime, slug: str = "demo") -> Stage:
    """Everybody but Cleo, one agent with a key, and the policy above."""
    workspace = accounts.create_workspace(actor=OPERATOR, at=at, slug=slug, name=slug.title())
    stage = Stage(workspace.id, slug, at)
    for handle in ("reviewers", "finance"):
        accounts.create_group(actor=OPERATOR, at=at, workspace_id=stage.id, handle=handle, name=handle.title())
    roles = {"ada": "lead", "ben": "reviewer", "vera": "viewer", "dana": "auditor", "eve": "admin"}
    for name, role in roles.items():
        groups = ("reviewers", "finance") if name in {"ada", "ben"} else ()
        add_person(stage, name, role, groups)
    agent = accounts.create_agent(
        actor=OPERATOR, at=at, workspace_id=stage.id, name="otto", owner_id=stage.people["eve"]
    )
    key = accounts.issue_key(actor=OPERATOR, at=at, workspace_id=stage.id, name="otto's key", agent_id=agent.id)
    stage.keys["otto"] = key.token
    stage.otto = Caller(
        key_id=key.id,
        workspace_id=stage.id,
        workspace_slug=slug,
        agent_id=agent.id,
        agent_name="otto",
        owner_id=stage.people["eve"],
        scopes=("actions:write",),
        expires_at=None,
    )
    use_policy(stage, POLICY)
    return stage


def set_other_stage(at: datetime) -> Stage:
    """Cleo's workspace, which nobody of the cast belongs to."""
    workspace = accounts.create_workspace(actor=OPERATOR, at=at, slug="other", name="Other")
    stage = Stage(workspace.id, "other", at)
    accounts.create_group(actor=OPERATOR, at=at, workspace_id=stage.id, handle="reviewers", name="Reviewers")
    add_person(stage, "cleo", "reviewer", ("reviewers",))
    return stage


def add_person(stage: Stage, name: str, role: str, groups: tuple[str, ...]) -> None:
    membership = accounts.add_member(
        actor=OPERATOR,
        at=stage.at,
        workspace_id=stage.id,
        email=f"{name}@example.com",
        name=name.title(),
        role=role,
        password=PASSWORD,
    )
    stage.people[name] = membership.user_id
    for handle in groups:
        accounts.add_to_group(
            actor=OPERATOR, at=stage.at, workspace_id=stage.id, handle=handle, user_id=membership.user_id
        )
    token = accounts.issue_token(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=membership.user_id, name=f"{name}'s token"
    )
    stage.tokens[name] = token.token


def use_policy(stage: Stage, text: str) -> str:
    """Saves and activates a policy; the id of its version."""
    saved = services.save_policy(actor=OPERATOR, at=stage.at, workspace_id=stage.id, text=text)
    services.activate_policy(actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=saved.id)
    return saved.id
