"""Block Kit's rules. Pure: a tree goes in, problems come out, each with the JSON pointer that Slack would give.

Limits and properties are those of Slack's reference (docs.slack.dev, Block Kit), the words those of its answers.
"""
