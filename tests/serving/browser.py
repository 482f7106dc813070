"""What headless Chromium makes of a page that a server shows."""

import contextlib
import shutil
import socket
import threading

import uvicorn
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

# Milliseconds. A script that waits for ever ends its test with what it waited for.
_TIMEOUT = 120_000

_SCRIPT = """
async () => {
  const until = async (condition) => {
    const end = performance.now() + %d;
    while (!condition()) {
      if (performance.now() > end) throw new Error(`In vain waited until ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  %s
}
"""


class Browser:
    """Headless Chromium, which acts on pages as scripts say.

    Use it as a context: Chromium runs until its end.
    """

    def __enter__(self):
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=CHROMIUM)
        return self

    def __exit__(self, *exception):
        self._chromium.close()
        self._playwright.stop()

    def run(self, url: str, script: str, scheme: str = "light", width: int = 1200):
        """Returns what a script sees in a page, opened in a context of its own.

        Args:
            url: The page, and after `#` the signature.
            script: The body of an asynchronous function in JavaScript; `until(condition)` waits.
            scheme: The colours that the user prefers, "light" or "dark".
            width: Of the window, in pixels.

        Raises:
            playwright.sync_api.Error: If the script throws.
        """
        context = self._chromium.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 1600}
        )
        with contextlib.closing(context):
            page = context.new_page()
            page.goto(url, timeout=_TIMEOUT)
            return page.evaluate(_SCRIPT % (_TIMEOUT, script))


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
