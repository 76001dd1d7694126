"""What the endpoints of readiness, confidence, drift, scheduled gates, judges and outcomes take and answer."""

from agents_api.describing import get, naming, of, post, query

READINESS = get("read_readiness", "ReadinessOut", "All agents.", "How agents stand against the five controls")
SET_CONTROL = post(
    "set_control",
    "ControlIn",
    (200, "ReadinessOut", "How agents stand now."),
    "Set a readiness control, by a person's token",
    of_one=False,
)
CONFIDENCE = get(
    "read_confidence", "ConfidenceOut", "By agent, tool and version.", "Confidence against what people decided"
)
DRIFT = get("read_drift", "DriftOut", "By agent and tool.", "What came in this week against the four before")
ALERTS = get("list_alerts", "AlertsOut", "Those that are open.", "Alerts of the stream of decisions")
PLANS = get("list_gate_plans", "PlansOut", "Those that are on.", "Scheduled gates")
PLAN = naming(post("plan_gate", "PlanIn", (201, "PlanOut", "It is on."), "Have a gate judged by itself", of_one=False))
END_PLAN = post(
    "end_gate_plan", "EndPlanIn", (200, "EndedOut", "It is off."), "End a scheduled gate", of=of("gpl", "plan_id")
)
JUDGES = get("list_judges", "JudgesOut", "The newest fifty.", "Judges against people")
CALIBRATE = naming(
    post("calibrate_judge", "JudgeIn", (201, "JudgeOut", "How far they agree."), "Hold a judge against people",
         of_one=False)
)  # fmt: skip
OUTCOMES = get(
    "list_outcomes",
    "OutcomePageOut",
    "One page.",
    "What came of actions, newest first",
    query("after", {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}, "`next` of the page before."),
)
TELL_OUTCOME = naming(
    post("tell_outcome", "OutcomeIn", (201, "OutcomeOut", "It is kept."), "Tell what came of an action", of_one=False)
)
