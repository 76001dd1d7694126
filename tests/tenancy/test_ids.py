from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy import ids

NOON = datetime(2026, 11, 20, 12, 0, 0, 123_456, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.integers(0, 253_402_214_400_000_000).map(lambda number: EPOCH + timedelta(microseconds=number))


def to_uuid(text: str) -> UUID:
    number = 0
    for character in text[4:]:
        number = number * 32 + ids.ALPHABET.index(character)
    return UUID(int=number)


@given(moments, moments)
def test_ids_sort_by_the_millisecond_they_were_made_in(earlier: datetime, later: datetime) -> None:
    earlier, later = sorted((earlier, later))
    first, second = ids.new("act", earlier), ids.new("act", later + timedelta(milliseconds=1))
    assert sorted((second, first)) == [first, second]


@given(moments, st.sampled_from(sorted(ids.PREFIXES)))
def test_an_id_tells_the_millisecond_it_was_made_in(at: datetime, prefix: str) -> None:
    assert ids.created_at(ids.new(prefix, at)) == at.replace(microsecond=at.microsecond // 1000 * 1000)


@given(moments)
def test_an_id_is_a_uuid_of_version_seven(at: datetime) -> None:
    uuid = to_uuid(ids.new("evt", at))
    assert (uuid.version, uuid.variant) == (7, RFC_4122)


@given(moments, st.sampled_from(sorted(ids.PREFIXES)))
def test_an_id_has_the_shape_of_its_own_prefix_alone(at: datetime, prefix: str) -> None:
    text = ids.new(prefix, at)
    assert [other for other in ids.PREFIXES if ids.is_id(text, other)] == [prefix]


@given(moments, st.integers(0, 300))
def test_ids_made_together_rise_and_are_ids_of_their_moment(at: datetime, count: int) -> None:
    found = ids.rising("exm", at, count)
    assert len(found) == count
    assert found == sorted(set(found))
    assert all(ids.is_id(one, "exm") and ids.created_at(one) == ids.created_at(ids.new("exm", at)) for one in found)
    assert not set(found) & set(ids.rising("exm", at, count))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "act_",
        "act_01m7w972m1e5bvkz7gvgtbnxv",
        "act_01m7w972m1e5bvkz7gvgtbnxvff",
        "act_01m7w972m1e5bvkz7gvgtbnxvf\n",
        "act_01M7W972M1E5BVKZ7GVGTBNXVF",
        "act_81m7w972m1e5bvkz7gvgtbnxvf",
        "act_01m7w972m1e5bvkz7gvgtbnxvi",
        "act_01m7w972m1e5bvkz7gvgtbnxvl",
        "act_01m7w972m1e5bvkz7gvgtbnxvo",
        "act_01m7w972m1e5bvkz7gvgtbnxvu",
        "act_01m7w972m1e5bvkz7gvgtbnxv٣",
        "act-01m7w972m1e5bvkz7gvgtbnxvf",
        " act_01m7w972m1e5bvkz7gvgtbnxvf",
        "01m7w972m1e5bvkz7gvgtbnxvf",
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    assert ids.is_id(text, "act") is False
    with pytest.raises(ValueError, match="is no id"):
        ids.created_at(text)


def test_the_same_moment_in_another_zone_is_the_same_time() -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert ids.created_at(ids.new("act", tokyo)) == NOON.replace(microsecond=123_000)


def test_two_ids_of_one_moment_differ() -> None:
    assert len({ids.new("act", NOON) for _ in range(1000)}) == 1000


def test_an_id_without_a_time_is_made_now() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    assert before < ids.created_at(ids.new("act")) <= datetime.now(UTC)


def test_an_unknown_prefix_is_refused() -> None:
    with pytest.raises(ValueError, match="'foo' is no id prefix"):
        ids.new("foo", NOON)


def test_a_time_before_1970_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit the 48 bits"):
        ids.new("act", datetime(1969, 12, 31, tzinfo=UTC))


def test_an_id_stamped_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond the year 9999"):
        ids.created_at("act_" + "7" + "z" * 25)


def test_a_range_of_ids_begins_with_the_least_of_its_moment() -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert ids.is_id(ids.floor("act", at), "act")
    assert ids.new("act", at - timedelta(milliseconds=1)) < ids.floor("act", at) < ids.new("act", at)
