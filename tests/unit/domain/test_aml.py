"""AML texts of both versions; whatever is sent never raises, and no identity of a phone is kept."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.aml import is_aml, parse_aml

V1 = ('A"ML=1;lt=+55.74317;lg=-4.26881;rd=50;top=20130717141935;lc=90;pm=W;si=123456789012345;ei=1234567890123456;'
      "mcc=234;mnc=30;ml=128")
V2 = ('A"ML=2;en=112;et=1593187189;lo=-6.98210,109.14030,20.1;lt=-5;lc=68;lz=-100.1,100.1;ls=F;'
      "ei=358239059042542;nc=51010;hc=51010;lg=id-ID")


def test_version_1() -> None:
    found = parse_aml(V1)
    assert found is not None
    assert (found.version, found.lat, found.lon, found.radius_m, found.confidence) == (1, 55.74317, -4.26881, 50.0, 90)
    assert (found.at, found.method) == (datetime(2013, 7, 17, 14, 19, 35, tzinfo=UTC), "wifi")
    assert found.faults == (() if len(V1) == 128 else ("ml",))


def test_version_2_counts_its_time_from_the_call_and_lg_is_a_language() -> None:
    found = parse_aml(V2)
    assert found is not None
    assert (found.version, found.lat, found.lon, found.radius_m, found.method) == (2, -6.9821, 109.1403, 20.1, "fused")
    assert found.at == datetime.fromtimestamp(1593187184, UTC)


@pytest.mark.parametrize("text", [
    'A"ML=1;lt=+00.00000;lg=+000.00000;rd=N;top=20220131173734;lc=0;pm=N;mcc=234;mnc=15;ml=127',
    'A"ML=2;en=112;et=1593187189;lc=68',
])
def test_no_fix_is_no_point(text: str) -> None:
    found = parse_aml(text)
    assert found is not None
    assert (found.lat, found.lon) == (None, None)


@pytest.mark.parametrize("text", [
    "", 'A"ML=3;lt=1;lg=1', 'A"ML=1;lt=91;lg=1', 'A"ML=1;lt=nan;lg=1', 'A"ML=1;lt=1;lg=inf', 'A"ML=2;lo=1', V1 * 9,
    'tolong, ini yang keluar: A"ML=1;lt=1;lg=1',
])
def test_what_is_no_position(text: str) -> None:
    assert parse_aml(text) is None


def test_unknown_time_and_radius_are_left_open() -> None:
    found = parse_aml('A"ML=1;lt=-6.9;lg=109.1;rd=-5;top=20261399000000;lc=999')
    assert found is not None
    assert (found.radius_m, found.at, found.confidence) == (None, None, None)


def test_no_identity_is_kept() -> None:
    for text in (V1, V2):
        found = parse_aml(text)
        assert found is not None
        assert not any(number in str(asdict(found)) for number in ("123456789012345", "358239059042542"))


@given(st.text(max_size=200), st.sampled_from(['A"ML=1;', 'A"ML=2;lo=', 'A"ML=1;lt=', 'A"ML=2;et=1e308;lo=1,1;lt=']))
def test_nothing_raises(text: str, head: str) -> None:
    found = parse_aml(head + text)
    assert is_aml(head + text)
    assert found is None or found.lat is None or abs(found.lat) <= 90
