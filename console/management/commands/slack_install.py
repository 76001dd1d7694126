"""slack_install: connects a Slack workspace with the bot token that Slack shows, where installing by a click is off."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import queries
from accounts.errors import AccountError
from audit.actor import OPERATOR
from console.services import slack
from console.slack.client import DELIVERY_SECONDS, send
from console.slack.errors import SlackTrouble


class Command(BaseCommand):
    help = "Connects a Slack workspace. The bot token (xoxb-…) is read from standard input, so that no shell keeps it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="the slug of our workspace")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace_id = queries.workspace_id_for(options["workspace"])
        if workspace_id is None:
            raise CommandError(f"There is no workspace {options['workspace']}.")
        token = (getpass.getpass("Bot token: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()
        try:
            told = send(token, "auth.test", {}, DELIVERY_SECONDS)
            slack.install(
                actor=OPERATOR,
                at=timezone.now(),
                workspace_id=workspace_id,
                team_id=str(told.get("team_id") or ""),
                team_name=str(told.get("team") or ""),
                enterprise_id=str(told.get("enterprise_id") or ""),
                bot_token=token,
                bot_user_id=str(told.get("user_id") or ""),
                bot_id=str(told.get("bot_id") or ""),
            )
        except SlackTrouble as trouble:
            raise CommandError(f"Slack did not take the token: {trouble.word}.") from trouble
        except AccountError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{told.get('team')} is connected. Choose channels under Settings, Slack.")
