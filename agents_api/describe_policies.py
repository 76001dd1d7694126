"""What the endpoints of policies take and answer, for the schema."""

from agents_api.describing import after, get, of, post

POLICIES = get("list_policies", "PolicyPageOut", "One page.", "Policy versions, newest first", after("pol"))
POLICY = get("read_policy", "PolicyVersionOut", "The version.", "One version with its text", of("pol", "version_id"))
PROPOSAL = get("read_proposal", "ProposalOut", "The proposal.", "Where a proposal stands", of("prp", "proposal_id"))
BACKTEST = get("read_backtest", "BacktestOut", "The backtest.", "How far a backtest is", of("job", "job_id"))
POLICY_CHECK = post(
    "check_policy",
    "PolicyIn",
    (200, "PolicyCheckOut", "What is wrong with it, and what it changes."),
    "Check a policy without storing it",
    of_one=False,
)
POLICY_PROPOSE = post(
    "propose_policy",
    "PolicyIn",
    (201, "ProposalOut", "The proposal; people sign it in the console."),
    "Propose a policy",
    of_one=False,
)
BACKTEST_START = post(
    "start_backtest",
    "BacktestIn",
    (202, "BacktestOut", "The backtest, under way."),
    "Replay the past on a policy",
    of_one=False,
)
