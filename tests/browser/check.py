"""Uses exported pages and pictures in a real browser, over the DevTools protocol by a pipe.

Of each page: it loads, says nothing on the console and asks the network for nothing; keys, buttons, filter and slider
step and are spoken in the live region; the language changes; text has a contrast of 4.5:1 on light and on dark ground;
it fits a narrow screen; without scripts there is a transcript. Of each picture: it is read as XML, its text lies within
it, and contrasts with its ground, on light and on dark.
"""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CONTRAST = """
const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
"""

PAGE_CONTRAST = (
    "(() => {" + CONTRAST + """
const low = [];
for (const one of document.querySelectorAll("#app *, noscript *")) {
  const own = [...one.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
  if (!own || !one.getClientRects().length) continue;
  let ground = one;
  while (ground && rgb(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
  const style = getComputedStyle(one);
  const text = one.namespaceURI.endsWith("svg") ? style.fill : style.color;
  const found = ratio(rgb(text), rgb(getComputedStyle(ground || document.body).backgroundColor));
  if (found < 4.5) low.push(`${one.tagName}.${one.className}: ${found.toFixed(2)} ${text}`);
}
return low.slice(0, 5);
})()"""
)

SVG_CHECK = (
    "(() => {" + CONTRAST + """
const root = document.documentElement;
if (root.nodeName !== "svg" || document.querySelector("parsererror")) return ["not read as SVG"];
const wrong = [];
const grounds = ["paper", "band"].map((name) => document.querySelector("." + name)).filter(Boolean);
const size = root.viewBox.baseVal;
for (const text of document.querySelectorAll("text")) {
  const box = text.getBBox();
  if (box.x < 0 || box.x + box.width > size.width || box.y + box.height > size.height) wrong.push("outside: " + text.textContent);
  for (const ground of grounds) {
    const found = ratio(rgb(getComputedStyle(text).fill), rgb(getComputedStyle(ground).fill));
    if (found < 4.5) wrong.push(`${found.toFixed(2)}: ${text.textContent}`);
  }
}
if (!document.querySelector("title").textContent || !document.querySelector("desc").textContent) wrong.push("no title or description");
return wrong.slice(0, 5);
})()"""
)


class Browser:
    """A browser with one tab."""

    def __init__(self, program, profile):
        to_read, from_browser = os.pipe()
        to_browser, to_write = os.pipe()

        def ends():
            # They may be 3 and 4 themselves, so they are moved out of the way first.
            ours = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_browser, from_browser)]
            os.dup2(ours[0], 3)
            os.dup2(ours[1], 4)

        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
        self.process = subprocess.Popen(
            [program, *flags, "about:blank"], preexec_fn=ends, close_fds=False, stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(from_browser)
        self.reader, self.writer = os.fdopen(to_read, "rb"), to_write
        self.number, self.session, self.events, self.rest = 0, None, [], b""
        tab = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network"):
            self.ask(part + ".enable")

    def message(self):
        """The next message of the browser."""
        while b"\0" not in self.rest:
            more = self.reader.read1(1 << 16)
            if not more:
                raise SystemExit("the browser has ended")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def ask(self, method, **params):
        """Calls a method; what happens meanwhile is kept."""
        self.number += 1
        call = {"id": self.number, "method": method, "params": params}
        if self.session:
            call["sessionId"] = self.session
        os.write(self.writer, json.dumps(call).encode() + b"\0")
        while True:
            said = self.message()
            if said.get("id") == self.number:
                if "error" in said:
                    raise SystemExit(f"{method}: {said['error']}")
                return said["result"]
            self.events.append(said)

    def open(self, path):
        """Opens a file and waits until it is loaded."""
        self.events.clear()
        self.ask("Page.navigate", url="about:blank")
        self.ask("Page.navigate", url=path.as_uri())
        while self.value("document.readyState") != "complete" or self.value("location.protocol") != "file:":
            pass

    def value(self, expression):
        """The value of an expression in the page."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise SystemExit(f"{expression[:60]}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def key(self, key, code=None, text=None):
        """A key is pressed."""
        codes = {"ArrowRight": 39, "ArrowLeft": 37, "Home": 36, "End": 35, " ": 32, "Tab": 9}
        keys = {"key": key, "code": code or key, "windowsVirtualKeyCode": codes[key]}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **keys, **({"text": text} if text else {}))
        self.ask("Input.dispatchKeyEvent", type="keyUp", **keys)

    def theme(self, name):
        """The reader's theme."""
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def complaints(self):
        """What was said on the console, and what was asked of a network."""
        found = []
        for event in self.events:
            method, about = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown" or method == "Runtime.consoleAPICalled":
                found.append(json.dumps(about)[:300])
            elif method == "Log.entryAdded":
                found.append(about["entry"]["text"])
            elif method == "Network.requestWillBeSent" and not about["request"]["url"].startswith(("file:", "about:")):
                found.append("asks for " + about["request"]["url"])
        return found


failures = []


def holds(name, what, found, wanted):
    """One claim."""
    if found != wanted:
        failures.append(f"{name}: {what}: {found!r} instead of {wanted!r}")


def page(browser, path):
    """Uses a page."""
    name = path.name
    browser.theme("light")
    browser.open(path)
    number = lambda: browser.value("Number(document.getElementById('place').textContent.split('/')[0])")
    spoken = lambda: browser.value("document.getElementById('live').textContent")
    count = browser.value("document.querySelectorAll('[role=option]').length")
    holds(name, "the page is shown", browser.value("document.getElementById('app').hidden"), False)
    holds(name, "it has steps", count > 20, True)
    first = number()
    before = spoken()
    browser.key("ArrowRight")
    holds(name, "→ steps", number(), first + 1)
    holds(name, "the step is spoken", (spoken() != before, str(first + 1) in spoken()), (True, True))
    browser.key("ArrowLeft")
    holds(name, "← steps back", number(), first)
    browser.key("End")
    holds(name, "End", number(), count)
    browser.key("Home")
    holds(name, "Home", number(), 1)
    browser.key(" ", "Space", " ")
    holds(name, "space plays", browser.value("document.getElementById('play').getAttribute('aria-pressed')"), "true")
    browser.key(" ", "Space", " ")
    holds(name, "space pauses", browser.value("document.getElementById('play').getAttribute('aria-pressed')"), "false")
    browser.value("document.getElementById('next').click()")
    holds(name, "a button steps", number(), 2)
    browser.key("Tab")
    reached = browser.value("document.activeElement.tagName")
    holds(name, "Tab reaches what can be used", reached in ("BUTTON", "INPUT", "SELECT", "DIV"), True)
    browser.value("document.activeElement.blur()")
    # A frame that a hop has changed: its sign stands besides its colour, and both bytes are there.
    changed = "[...document.querySelectorAll('[role=option]')].findIndex((row) => row.querySelector('b')?.textContent.startsWith('~'))"
    browser.value(f"document.querySelectorAll('[role=option]')[{changed}].click()")
    signs = browser.value("[...document.querySelectorAll('#detail tr.changed td:first-child')].map((cell) => cell.firstChild.textContent)")
    holds(name, "changed fields have signs", len(signs) > 0 and all(sign in "~+−" and sign for sign in signs), True)
    holds(name, "bytes are shown", browser.value("document.querySelector('pre.hex').textContent.startsWith('0000  ')"), True)
    # Reasons, in both languages.
    why = "[...document.querySelectorAll('#detail h3')].length"
    found = browser.value(f"(() => {{ for (const row of document.querySelectorAll('[role=option]')) {{ row.click(); if ({why}) return true; }} return false; }})()")
    holds(name, "some step has reasons", found, True)
    titles = {}
    for lang in ("en", "zh"):
        browser.value(f"(() => {{ const box = document.getElementById('language'); box.value = '{lang}'; box.dispatchEvent(new Event('change')); }})()")
        titles[lang] = browser.value("document.getElementById('title').textContent + document.getElementById('detail').textContent")
        holds(name, "the language of the document", browser.value("document.documentElement.lang"), lang)
    is_chinese = lambda text: any("\u4e00" <= letter <= "\u9fff" for letter in text)
    holds(name, "both languages are themselves", (is_chinese(titles["en"]), is_chinese(titles["zh"])), (False, True))
    browser.value("(() => { const box = document.getElementById('filter'); box.value = 'who-has'; box.dispatchEvent(new Event('input')); })()")
    shown = browser.value("[...document.querySelectorAll('[role=option]')].filter((row) => !row.hidden).length")
    holds(name, "the filter leaves some steps", 0 < shown < count, True)
    for theme in ("light", "dark"):
        browser.theme(theme)
        holds(name, f"contrast on {theme} ground", browser.value(PAGE_CONTRAST), [])
    holds(name, "dark ground is dark", browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(22, 25, 29)")
    browser.ask("Emulation.setDeviceMetricsOverride", width=360, height=700, deviceScaleFactor=1, mobile=False)
    holds(name, "it fits a narrow screen", browser.value("document.documentElement.scrollWidth <= 360"), True)
    browser.ask("Emulation.clearDeviceMetricsOverride")
    holds(name, "complaints", browser.complaints(), [])
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(path)
    words = browser.value("document.body.innerText")
    holds(name, "a transcript without scripts", "→" in words and len(words) > 1000, True)
    browser.ask("Emulation.setScriptExecutionDisabled", value=False)


def words(browser, path):
    """What a host says in both languages stands in one."""
    browser.open(path)
    for lang, shown, hidden in (("en", "not simulated: ", "未模拟"), ("zh", "未模拟：", "not simulated")):
        browser.value(f"(() => {{ const box = document.getElementById('language'); box.value = '{lang}'; box.dispatchEvent(new Event('change')); }})()")
        rows = browser.value("document.querySelectorAll('[role=option]').length")
        seen = browser.value("document.getElementById('app').innerText")
        for row in range(rows):
            browser.value(f"document.querySelectorAll('[role=option]')[{row}].click()")
            seen += browser.value("document.getElementById('detail').innerText")
        holds(path.name, f"{shown} and not {hidden}", (shown in seen, hidden in seen), (True, False))
    holds(path.name, "complaints", browser.complaints(), [])


def picture(browser, path):
    """Looks at a picture."""
    for theme in ("light", "dark"):
        browser.theme(theme)
        browser.open(path)
        holds(path.name, f"as a picture on {theme} ground", browser.value(SVG_CHECK), [])
        holds(path.name, "complaints", browser.complaints(), [])


def main():
    """Checks all files of a folder."""
    folder, program = Path(sys.argv[1]), sys.argv[2]
    pages, pictures = sorted(folder.glob("*.html")), sorted(folder.glob("*.svg"))
    if not pages or not pictures:
        raise SystemExit("nothing to check")
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(program, profile)
        for path in pages:
            (words if path.name == "words.html" else page)(browser, path)
        for path in pictures:
            picture(browser, path)
        browser.session = None
        browser.ask("Browser.close")
        browser.process.wait()
    for failure in failures:
        print(failure)
    print(f"{len(pages)} pages and {len(pictures)} pictures, {len(failures)} failures")
    raise SystemExit(1 if failures else 0)


main()
