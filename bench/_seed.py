"""The workspace of the measurements: one agent, one reviewer, and a policy of 50 rules, five of which name the tool."""

import json
from datetime import UTC, datetime

from accounts import services as accounts
from approvals import services
from approvals.rows import RISKS
from audit.actor import OPERATOR

RULES = (
    ("allow", ["args.amount_usd <= 50", "confidence >= 0.8"]),
    ("require_approval", ["args.amount_usd > 500"]),
    ("require_approval", ["args.currency != 'EUR'"]),
    ("deny", ["args.amount_usd > 100000"]),
    ("require_approval", ["confidence < 0.9"]),
)
SCHEMA = {
    "type": "object",
    "required": ["customer_id", "amount_usd"],
    "properties": {
        "customer_id": {"type": "string"},
        "amount_usd": {"type": "number"},
        "currency": {"type": "string"},
        "note": {"type": "string"},
    },
}


def policy(rules: int = 50) -> str:
    tools = ["billing.refund", *(f"billing.tool{n}" for n in range(1, rules // len(RULES)))]
    described = {
        "schema": SCHEMA,
        "effect_text": "Moves {amount_usd} for {customer_id}.",
        "version": 1,
        "writes_pii": False,
        "amount": {"path": "args.amount_usd", "currency": "USD"},
        "counterpart": "args.customer_id",
    }
    # JSON is YAML.
    return json.dumps(
        {
            "name": "bench",
            # What is measured is the work, not the time that people are given.
            "defaults": {
                "effect": "require_approval",
                "reviewers": [{"group": "reviewers", "quorum": 1}],
                "undo": dict.fromkeys(RISKS, "0s"),
                "dwell": dict.fromkeys(RISKS, "0s"),
            },
            "tools": dict.fromkeys(tools, described),
            "agents": {"otto": {"owner": "eve@example.com", "tier": "autonomous", "tools": {"*": {}}}},
            "rules": [
                {"id": f"{tool.replace('.', '-')}-{n}", "tools": [tool], "when": when, "effect": effect}
                for tool in tools
                for n, (effect, when) in enumerate(RULES)
            ],
        }
    )


def main() -> None:
    """Prints the workspace's id, otto's key and Ada's token."""
    at = datetime.now(UTC)
    workspace = accounts.create_workspace(actor=OPERATOR, at=at, slug="bench", name="Bench")
    accounts.create_group(actor=OPERATOR, at=at, workspace_id=workspace.id, handle="reviewers", name="Reviewers")
    people = {name: _person(workspace.id, name, role, at) for name, role in (("eve", "admin"), ("ada", "reviewer"))}
    accounts.add_to_group(actor=OPERATOR, at=at, workspace_id=workspace.id, handle="reviewers", user_id=people["ada"])
    agent = accounts.create_agent(actor=OPERATOR, at=at, workspace_id=workspace.id, name="otto", owner_id=people["eve"])
    key = accounts.issue_key(actor=OPERATOR, at=at, workspace_id=workspace.id, name="bench", agent_id=agent.id)
    token = accounts.issue_token(actor=OPERATOR, at=at, workspace_id=workspace.id, user_id=people["ada"], name="bench")
    saved = services.save_policy(actor=OPERATOR, at=at, workspace_id=workspace.id, text=policy())
    services.activate_policy(actor=OPERATOR, at=at, workspace_id=workspace.id, version_id=saved.id)
    print(json.dumps({"workspace": workspace.id, "otto": key.token, "ada": token.token}))


def _person(workspace_id: str, name: str, role: str, at: datetime) -> str:
    member = accounts.add_member(
        actor=OPERATOR,
        at=at,
        workspace_id=workspace_id,
        email=f"{name}@example.com",
        name=name.title(),
        role=role,
        password="a long password for a measurement",
    )
    return member.user_id
