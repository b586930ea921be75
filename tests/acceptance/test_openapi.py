"""The operator API keeps its own description, whatever is sent: no 5xx, only described answers and shapes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.server import Server, owner_headers, server_in

PROMISES = [
    *CHECKS.get_by_names(["not_a_server_error"]), content_type_conformance, response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_in(tmp_path_factory.mktemp("openapi")) as running:
        yield running.start()


@pytest.fixture
def api(server: Server) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{server.url}/api/v1/openapi.json")


# The stream never ends, ending the session would end the test, and every sign-in costs 50 ms on purpose.
schema = schemathesis.pytest.from_fixture("api").exclude(path_regex="/(events|session)$")


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_api_keeps_its_description(case: schemathesis.Case) -> None:
    response = case.call(headers=dict(owner_headers()), timeout=10)
    case.validate_response(response, checks=PROMISES)
