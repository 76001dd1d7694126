"""What stands in Slack: where the app is installed, which channels get cards, and each card's whereabouts."""

from typing import Any, ClassVar

from django.db import models

from tenancy.fields import IdField
from tenancy.scope import Scoped


class RouteKind(models.TextChoices):
    """Which actions a channel gets."""

    ALL = "all", "Every action that waits for people"
    GROUP = "group", "Actions that need one group"
    TOOL = "tool", "Actions of some tools"


class SlackTeam(Scoped):
    """The app in one Slack workspace (`slack_id`, T…), which serves one workspace of ours. Its tokens are sealed.

    `trouble` is Slack's word for what is wrong now, "" while all is well; the next call that succeeds clears it.
    `removed_at` is set when the app was taken out of Slack or disconnected here.
    """

    id = IdField(prefix="slt")
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, db_index=False)
    enterprise_id = models.CharField(max_length=40, blank=True)
    slack_id = models.CharField(max_length=40)
    team_name = models.CharField(max_length=200, blank=True)
    app_id = models.CharField(max_length=40, blank=True)
    bot_user_id = models.CharField(max_length=40)
    bot_id = models.CharField(max_length=40, blank=True)
    token = models.BinaryField()
    refresh_token = models.BinaryField(blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    renewing_until = models.DateTimeField(null=True, blank=True)
    scopes = models.TextField(blank=True)
    links_by_email = models.BooleanField(default=False)
    installed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=80, blank=True)
    trouble_at = models.DateTimeField(null=True, blank=True)
    well_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["slack_id", "enterprise_id"], name="slack_team_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace"], name="slack_team_here")]


class SlackChannel(Scoped):
    """A channel that the app posts to, as it was when it was looked at last (`checked_at`)."""

    id = IdField(prefix="slh")
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, db_index=False)
    team = models.ForeignKey(SlackTeam, models.CASCADE, db_index=False, related_name="channels")
    slack_id = models.CharField(max_length=40)
    name = models.CharField(max_length=100, blank=True)
    is_shared = models.BooleanField(default=False)
    checked_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=80, blank=True)
    trouble_at = models.DateTimeField(null=True, blank=True)
    well_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["team", "slack_id"], name="slack_channel_once"),
        ]


class SlackRoute(Scoped):
    """Which actions a channel gets: `value` is a group's handle or a pattern of tools, "" for all."""

    id = IdField(prefix="slr")
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, db_index=False)
    channel = models.ForeignKey(SlackChannel, models.CASCADE, db_index=False, related_name="routes")
    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["channel", "kind", "value"], name="slack_route_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace"], name="slack_route_here")]


class SlackCard(Scoped):
    """One action in one channel.

    `ts` is Slack's name of the message, "" until its post is known to have arrived. `is_owed`: what stands there is not
    what should, and one promise is out to mend it; a card that `is_stuck` has none until its channel, or the whole app,
    is mended. `revision` stands there since `shown_at`; `drawn` is the SHA-256 of the whole card. `tried_at` is when a
    post was begun whose answer is not known; `held_until` keeps two workers apart.
    """

    id = IdField(prefix="slc")
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, db_index=False)
    channel = models.ForeignKey(SlackChannel, models.CASCADE, db_index=False, related_name="cards")
    action_id = models.CharField(max_length=40)
    ts = models.CharField(max_length=40, blank=True)
    is_owed = models.BooleanField(default=False)
    is_stuck = models.BooleanField(default=False)
    revision = models.IntegerField(default=0)
    shown_at = models.DateTimeField(null=True, blank=True)
    drawn = models.CharField(max_length=64, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["action_id", "channel"], name="slack_card_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["channel"], name="slack_card_stuck", condition=models.Q(is_stuck=True)),
        ]


class SlackNote(Scoped):
    """One reply in a card's thread: a vote, a question, a mention. `key` is the fact that it tells of."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, db_index=False)
    card = models.ForeignKey(SlackCard, models.CASCADE, db_index=False, related_name="notes")
    key = models.CharField(max_length=100)
    ts = models.CharField(max_length=40, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["card", "key"], name="slack_note_once"),
        ]


class SlackSeen(models.Model):
    """A request of Slack's that was taken; kept for a day, so that a second delivery or a replay does nothing."""

    key = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["at"], name="slack_seen_by_age")]
