"""Files by content, old addresses by redirection."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from moeviz.live.routes import content_name, file_route, moved_route


@pytest.fixture
def client(tmp_path) -> TestClient:
    (tmp_path / "a.js").write_text("export const a = 1;\n")
    (tmp_path / "secret.py").write_text("SECRET = 1\n")
    files = {"one/a.js": tmp_path / "a.js", "made.json": b'{"a": "\xc3\xa4"}'}
    routes = [
        file_route("/base/assets/x", files),
        moved_route("/base/theatre", "/base/walkthrough"),
    ]
    return TestClient(Starlette(routes=routes), follow_redirects=False)


def test_a_file_is_served_whole_typed_and_for_ever(client):
    answer = client.get("/base/assets/x/one/a.js")
    assert answer.text == "export const a = 1;\n"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


def test_what_the_server_has_made_is_served_likewise(client):
    answer = client.get("/base/assets/x/made.json")
    assert answer.json() == {"a": "ä"}
    assert answer.headers["content-type"] == "application/json"
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "name", ["secret.py", "one/secret.py", "one/../secret.py", "..%2fsecret.py"]
)
def test_nothing_beside_the_files_is_served(client, name):
    assert client.get(f"/base/assets/x/{name}").status_code == 404


def test_an_old_address_leads_on_with_its_query(client):
    answer = client.get("/base/theatre?run=a%2Fb&k=2")
    assert (answer.status_code, answer.headers["location"]) == (
        307,
        "/base/walkthrough?run=a%2Fb&k=2",
    )
    assert client.get("/base/theatre").headers["location"] == "/base/walkthrough"


def test_the_name_of_a_folder_follows_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    one = content_name({"x": tmp_path / "a"})
    assert one == content_name({"x": tmp_path / "a"})
    assert one != content_name({"y": tmp_path / "a"})
    assert one != content_name({"x": tmp_path / "b"})
    assert one == content_name({"x": b"1"}) != content_name({"x": b"2"})
