"""A headless Chromium, driven through its debugging pipe: pages as people see them.

No package is needed but the browser itself. `PLIMSOLL_CHROMIUM` names another one than those on the path.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DRAWN = """document.readyState === "complete" &&
    Array.from(document.querySelectorAll("figure.chart:not([hidden]) .plot")).every(box => box.querySelector(".main-svg"))"""


def find_chromium() -> str | None:
    return os.environ.get("PLIMSOLL_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """Use it in `with`. One page is open at a time."""

    def __init__(self, program: str):
        self.folder = tempfile.TemporaryDirectory(prefix="plimsoll-browser-", ignore_cleanup_errors=True)
        its_in, self.write = os.pipe()
        self.read, its_out = os.pipe()

        def take_pipe() -> None:
            """The browser reads its file 3 and writes its file 4."""
            ends = os.dup(its_in), os.dup(its_out)
            for place, end in zip((3, 4), ends):
                os.dup2(end, place, inheritable=True)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
             f"--user-data-dir={self.folder.name}/profile", "about:blank"],
            preexec_fn=take_pipe, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(its_in)
        os.close(its_out)
        self.rest, self.number = b"", 0
        self.target: str | None = None
        self.session: str | None = None
        self.complaints: list[str] = []  # Messages of the page's script or the browser's own log.

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.call("Browser.close")
        except (OSError, RuntimeError):
            self.process.kill()
        self.process.wait()
        os.close(self.write)
        os.close(self.read)
        self.folder.cleanup()

    def message(self) -> dict:
        while b"\0" not in self.rest:
            part = os.read(self.read, 1 << 20)
            if not part:
                raise RuntimeError("the browser has ended")
            self.rest += part
        one, _, self.rest = self.rest.partition(b"\0")
        return json.loads(one)

    def call(self, method: str, **parameters: object) -> dict:
        self.number += 1
        wanted = {"id": self.number, "method": method, "params": parameters, **({"sessionId": self.session} if self.session else {})}
        if method.startswith("Browser."):
            wanted.pop("sessionId", None)
        os.write(self.write, json.dumps(wanted).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            if answer.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.complaints.append(json.dumps(answer["params"])[:500])

    def open(self, page: Path, width: int, *, height: int = 900, dark: bool = False) -> None:
        """Waits until every chart that is shown is drawn."""
        before, self.session = self.target, None
        self.target = self.call("Target.createTarget", url="about:blank")["targetId"]
        if before:
            self.call("Target.closeTarget", targetId=before)
        self.session = self.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.show(width, height=height, dark=dark)
        self.call("Page.navigate", url=page.resolve().as_uri())
        end = time.monotonic() + 300
        while not self.evaluate(DRAWN):
            assert time.monotonic() < end, f"{page}: charts are not drawn after five minutes"
            time.sleep(0.1)
        time.sleep(0.2)  # For what a box's new size draws again.

    def show(self, width: int, *, height: int = 900, dark: bool = False) -> None:
        """As on a screen of that width; the open page gets to know it."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def evaluate(self, script: str) -> object:
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def picture(self, *, width: int, height: int, top: int = 0) -> bytes:
        """PNG of a part of the page."""
        clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"])

    def paper(self) -> bytes:
        """The page as PDF."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])

    def save_downloads(self, folder: Path) -> None:
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
