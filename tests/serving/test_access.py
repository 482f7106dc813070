"""Who may ask."""

import pytest
from starlette.testclient import TestClient

from seqzoo.serving import Limits, create_app, serve
from seqzoo.serving.server import allowed_hosts, listen

URL = "/v1/models/toy"
BODY = b'{"instances": ["a"]}'


@pytest.fixture(scope="module")
def local(models):
    return TestClient(create_app(models, allowed_hosts=allowed_hosts("127.0.0.1")))


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "LOCALHOST", "localhost:"])
def test_this_host(local, host):
    assert local.get(URL, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8501", "[::1]", ""])
@pytest.mark.parametrize("path", [URL, "/", "/models"])
def test_another_host_is_told_the_way_out(local, host, path):
    answer = local.get(path, headers={"Host": host})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error.startswith(f"The host {host!r} is not this server: use http://127.0.0.1:")
    assert "or http://localhost:" in error
    assert "start the server with --host 0.0.0.0" in error


def test_the_host_of_a_loopback_address_of_ipv6(models):
    client = TestClient(create_app(models, allowed_hosts=allowed_hosts("::1")))
    for host in ("[::1]:8501", "[::1]", "[0:0:0:0:0:0:0:1]:8501", "localhost:8501"):
        assert client.get(URL, headers={"Host": host}).status_code == 200
    for host in ("127.0.0.1:8501", "[::2]"):
        assert client.get(URL, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("Localhost", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.0.2", "127.0.0.2"),
        ("::1", "[::1]"),
        ("0:0:0:0:0:0:0:1", "[::1]"),
        ("0.0.0.0", None),
        ("::", None),
    ],
)
def test_whether_it_is_this_machine_alone_says_the_socket(host, address):
    with listen(host, 0) as listener:
        hosts = allowed_hosts(listener.getsockname()[0])
    assert hosts == ([address, "localhost"] if address else ["*"])


def test_a_server_by_another_spelling_of_its_address(models, monkeypatch):
    asked = []

    def run(server, sockets):
        host, port, *_ = sockets[0].getsockname()
        client = TestClient(server.config.app, base_url=f"http://{host}:{port}")
        asked.append(client.get(URL).status_code)
        asked.append(client.get(URL, headers={"Host": "evil.example"}).status_code)

    monkeypatch.setattr("uvicorn.Server.run", run)
    urls = []
    assert serve(models, "Localhost", 0, Limits(), urls.append) == 0
    assert asked == [200, 400]
    assert urls[0].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:8000"},
        {"Origin": "http://localhost"},
        {"Origin": "null"},
        {"Origin": "://localhost:8501"},
        {"Origin": "localhost:8501"},
        {"Origin": "ftp://localhost:8501"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:8501", "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_a_page_of_another_site(local, headers, kind):
    headers = {"Host": "localhost:8501", "Content-Type": kind, **headers}
    answer = local.post(f"{URL}:predict", content=BODY, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"].startswith("The request was made by a page of another site")
    assert local.get("/models", headers=headers).status_code == 403
    assert local.options(URL, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Origin": "http://localhost:8501", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://LOCALHOST:8501"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_the_own_page_and_programs(local, headers):
    headers = {"Host": "localhost:8501", **headers}
    assert local.post(f"{URL}:predict", content=BODY, headers=headers).status_code == 200


def test_a_link_from_another_site_leads_to_the_page(local):
    headers = {"Host": "localhost:8501", "Sec-Fetch-Site": "cross-site"}
    assert local.get("/", headers=headers).status_code == 200
    assert local.get(URL, headers=headers).status_code == 403
