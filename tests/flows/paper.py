"""A browser without scripts: it follows links and sends forms with what stands in them."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

READS = re.compile(r'data-reads="(\d+)"')


@dataclass(slots=True)
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.values: dict[str, str] = {}
        self._open: Form | None = None
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""))
            self.forms.append(self._open)
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "input":
            self.values[given.get("id", "")] = given.get("value", "")
            unchecked = given.get("type") in {"checkbox", "radio"} and "checked" not in given
            if self._open and given.get("name") and not unchecked:
                self._open.fields[given["name"]] = given.get("value", "")
        elif tag == "textarea":
            self._text = given.get("name", "")
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._open and self._select:
            # The first option counts until another one is marked.
            before = self._open.fields.get(self._select, given.get("value", ""))
            self._open.fields[self._select] = given.get("value", "") if "selected" in given else before

    def handle_data(self, data: str) -> None:
        if self._open and self._text:
            # HTML drops one line feed at the start.
            self._open.fields[self._text] = data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._text = ""


class Paper:
    """One person's session. `text` and `url` are those of the page that is open."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, follow_redirects=True, timeout=30)
        self._base_url = base_url
        self.text = self.url = ""
        self._page = _Page()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._client.close()

    def open(self, address: str) -> None:
        self._read(self._client.get(urljoin(self.url or self._base_url, address)))

    def follow(self, ending: str) -> None:
        """The first link whose address ends so."""
        self.open(next(link for link in self._page.links if link.endswith(ending)))

    def send(
        self, ending: str, given: Mapping[str, str] | None = None, *, having: Mapping[str, str] | None = None
    ) -> None:
        """The first form that goes to an address with this ending ("": to this page) that has these fields."""
        here = self.url.partition("?")[0]
        for form in self._page.forms:
            address = urljoin(self.url, form.action)
            meant = address.endswith(ending) if ending else address.partition("?")[0] == here
            if meant and (having or {}).items() <= form.fields.items():
                break
        else:
            raise AssertionError(f"no form to {ending or here} in:\n{self.text}")
        origin = {"Origin": self._base_url}
        self._read(self._client.post(address, data={**form.fields, **(given or {})}, headers=origin))

    def read(self) -> None:
        """As long as the open page wants to be read before an approval."""
        found = READS.search(self.text)
        assert found is not None, self.text
        time.sleep(int(found[1]) / 1000)

    def log_in(self, person: Mapping[str, str]) -> None:
        self.open("/login/")
        self.send("", {"email": person["email"], "password": person["password"]})

    def value(self, element_id: str) -> str:
        return self._page.values[element_id]

    def link(self, part: str) -> str | None:
        """The first link with that in its address."""
        return next((link for link in self._page.links if part in link), None)

    def _read(self, answer: httpx.Response) -> None:
        assert answer.status_code == 200, f"{answer.status_code} from {answer.url}:\n{answer.text[-2000:]}"
        self.text, self.url = answer.text, str(answer.url)
        self._page = _Page()
        self._page.feed(answer.text)
