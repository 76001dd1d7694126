"""A form in a browser reaches no machine beside the server, however its address is written."""

import pytest

from outbox import addresses
from outbox.addresses import Forbidden

WRITTEN_BADLY = [
    "",
    "siem.example/in",
    "//siem.example/in",
    "http://siem.example/in",
    "ftp://siem.example/in",
    "file:///etc/passwd",
    "gopher://siem.example/",
    "https://",
    "https:///in",
    "https://eve@siem.example/",
    "https://eve:secret@siem.example/",
    "https://siem.example/#part",
    "https://siem.example\\@127.0.0.1/",
    "https://siem.example:99999/",
    "https://siem.example:port/",
    "https://siem example/",
    "https://siem.example/\r\nHost: inside",
    "https://siem.example/\n",
    "https://bücher.example/",
    "https://①②⑦.0.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.0.1.example.0/",
    "https://siem.example.127/",
    "https://[::1/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[nonsense]/",
    "https://-siem.example/",
    "https://siem..example/",
    "https://%31%32%37.0.0.1/",
    f"https://siem.example/{'a' * 500}",
    f"https://{'a' * 254}/",
]
INSIDE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "nonsense",
]


@pytest.mark.parametrize("url", WRITTEN_BADLY)
def test_an_address_that_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        addresses.parse(url)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused_whatever_it_is_wrapped_in(address: str) -> None:
    assert not addresses.is_public(address)
    with pytest.raises(Forbidden, match="inside a private network"):
        addresses.resolve(addresses.parse("https://siem.example/"), (), lambda host, port: [address])


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::1111"])
def test_a_public_machine_is_one(address: str) -> None:
    assert addresses.is_public(address)


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    target = addresses.parse("https://siem.example/")
    with pytest.raises(Forbidden):
        addresses.resolve(target, (), lambda host, port: ["8.8.8.8", "10.0.0.1"])
    assert addresses.resolve(target, (), lambda host, port: ["8.8.8.8", "1.1.1.1"]) == "8.8.8.8"


def test_a_name_without_an_address_is_nobody() -> None:
    with pytest.raises(OSError, match=r"siem\.example has no address"):
        addresses.resolve(addresses.parse("https://siem.example/"), (), lambda host, port: [])


def test_a_target_in_its_parts() -> None:
    def parts(url: str) -> tuple[str, str, int, str, str]:
        found = addresses.parse(url)
        return found.scheme, found.host, found.port, found.path, found.authority

    assert parts("https://SIEM.example./in?a=1&b") == ("https", "siem.example", 443, "/in?a=1&b", "siem.example")
    assert parts("https://siem.example:8443") == ("https", "siem.example", 8443, "/", "siem.example:8443")
    assert parts("https://[2606:4700:0::1111]/") == ("https", "2606:4700::1111", 443, "/", "[2606:4700::1111]")
    assert parts("https://8.8.8.8/") == ("https", "8.8.8.8", 443, "/", "8.8.8.8")


@pytest.mark.parametrize("allowed", ["siem.example", "siem.example:8088"])
def test_the_operator_vouches_for_a_host(allowed: str) -> None:
    target = addresses.parse("http://siem.example:8088/in", [allowed])
    assert addresses.resolve(target, [allowed], lambda host, port: ["10.0.0.1"]) == "10.0.0.1"


def test_what_the_operator_vouches_for_ends_at_the_port() -> None:
    target = addresses.parse("https://siem.example/in", ["siem.example:8088"])
    with pytest.raises(Forbidden):
        addresses.resolve(target, ["siem.example:8088"], lambda host, port: ["10.0.0.1"])


def test_the_machines_resolver_is_asked() -> None:
    assert "127.0.0.1" in addresses.look_up("127.0.0.1", 443)
