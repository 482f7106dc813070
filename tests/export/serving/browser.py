"""What headless Chromium makes of a page that a server shows."""

import contextlib
import html
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

_TIMEOUT_SECONDS = 120

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

# Runs in the page after its own script; what `act` returns is all that the document then holds.
_DRIVER = """
const until = async (condition) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
};
const act = async () => { %s };
act()
  .catch((error) => ({ error: String(error) }))
  .then((seen) => { document.documentElement.textContent = JSON.stringify(seen); });
"""


class Browser:
    """Shows the page of an application and does there what a script says.

    Args:
        app: The application.
        folder: An empty folder for Chromium's profile.
    """

    def __init__(self, app: Starlette, folder: Path):
        self._folder = folder
        self._script = ""
        page = TestClient(app).get("/")
        policy = {"Content-Security-Policy": page.headers["content-security-policy"]}

        async def show_page(request):
            script = f"<script>{self._script}</script>"
            return HTMLResponse(page.text.replace("</body>", f"{script}</body>"), headers=policy)

        self.app = Starlette(routes=[Route("/", show_page), Mount("/", app)])

    def run(self, url: str, script: str, *options: str):
        """What a script sees in the page.

        Args:
            url: The page, and after `#` the signature.
            script: The body of an asynchronous function in JavaScript; `until(condition)` waits.
            options: Further options of Chromium.

        Returns:
            What the script returns, by way of JSON.
        """
        self._script = _DRIVER % script
        dumped = _first_document(
            [
                *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
                *("--no-first-run", "--disable-background-networking", "--disable-sync"),
                *("--disable-component-update", f"--user-data-dir={self._folder}"),
                *("--window-size=1200,1600", "--virtual-time-budget=20000", "--dump-dom"),
                *(*options, url),
            ]
        )
        text = re.search(r"<html[^>]*>(.*)</html>", dumped, re.DOTALL)[1]
        return json.loads(html.unescape(text))


def _first_document(command):
    """The HTML that a browser prints; it is not waited for, as now and then it never ends."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as browser:

        def stop():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(browser.pid, signal.SIGKILL)

        watchdog = threading.Timer(_TIMEOUT_SECONDS, stop)
        watchdog.start()
        document = ""
        for line in browser.stdout:
            document += line
            if "</html>" in line:
                break
        watchdog.cancel()
        stop()
    return document


@contextlib.contextmanager
def listening(app):
    """Serves an application on a free port of this machine; gives its URL."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
