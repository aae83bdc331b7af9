# SPDX-License-Identifier: Apache-2.0
"""Opens a page in headless Chromium, runs a script in it, and hands back what
the script says and what the console said."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

CHROMIUM = next(filter(None, map(shutil.which, (
    "chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
           "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync",
           "--hide-scrollbars", "--window-size=1280,3000",
           "--virtual-time-budget=5000", "--enable-logging=stderr"]
PROBE = """<script>
addEventListener("load", () => setTimeout(async () => {
	const said = element => { element.id = "said"; document.body.append(element); };
	const pre = document.createElement("pre");
	try {
		pre.textContent = JSON.stringify(await (async () => { %s })());
	} catch (error) {
		pre.textContent = JSON.stringify({ failed: String(error) });
	}
	said(pre);
}, 50));
</script>
</body>"""
ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&nbsp;": "\u00a0"}


def probe(page, script, fragment=""):
    """(what the script returns, lines of the console)."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "page.html"
        text = pathlib.Path(page).read_text(encoding="utf-8")
        copy.write_text(text.replace("</body>", PROBE % script),
                        encoding="utf-8")
        done = subprocess.run(
            [CHROMIUM, *OPTIONS, f"--user-data-dir={folder}/profile",
             "--dump-dom", f"{copy.as_uri()}{fragment}"], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=120, check=True)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    said = re.search(r'<pre id="said">(.*?)</pre>', done.stdout, re.DOTALL)
    if not said:
        raise AssertionError(f"the script said nothing: {console}")
    text = re.sub(r"&\w+;", lambda m: ENTITIES[m[0]], said[1])
    return json.loads(text), console
