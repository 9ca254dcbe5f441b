"""The first issue's acceptance with real models and a real vector database, by configuration only.

    OPENAI_BASE_URL=http://…/v1 FRESHET_QDRANT_URL=http://… FRESHET_SHARED=DIR python3 .ci/models/acceptance.py
        [--bin DIR] [--provider compatible|openai|azure|anthropic]… [--tickets N] [--changes N]

For each provider: a simulated help desk with the tickets of DIR/data/tickets-dev, `freshet` on files of its own with a
collection of its own in that Qdrant; backfill, a look at what searches answer, changes with signed webhooks, a kill -9 of
the server in the middle of them, and a sweep. Then: nothing is missing (an audit finds nothing), the index says what the
help desk says, and summaries were asked for once for each distinct content. AZURE_OPENAI_ENDPOINT and ANTHROPIC_BASE_URL say
where those are; Anthropic makes no vectors, so they come from OPENAI_BASE_URL then. Exit code 0 when all holds, 1 when
something does not, 75 when it could not be tried.
"""
import argparse
import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid


def skip(why):
    print(f"SKIPPED: {why}; the acceptance with real models was not tried", file=sys.stderr)
    sys.exit(75)


options = argparse.ArgumentParser()
options.add_argument("--bin", default=".build/debug")
options.add_argument("--provider", action="append", choices=["compatible", "openai", "azure", "anthropic"])
options.add_argument("--tickets", type=int, default=3000)
options.add_argument("--changes", type=int, default=200)
options.add_argument("--patience", type=int, default=3600, help="seconds for a backfill")
options = options.parse_args()
BIN = os.path.abspath(options.bin)
QDRANT = os.environ.get("FRESHET_QDRANT_URL") or skip("FRESHET_QDRANT_URL names no Qdrant")
OPENAI = os.environ.get("OPENAI_BASE_URL") or skip("OPENAI_BASE_URL names no server of models")
SHARED = os.environ.get("FRESHET_SHARED") or skip("FRESHET_SHARED names no folder with data/tickets-dev")
TICKETS = os.path.join(SHARED, "data/tickets-dev/tickets.jsonl.gz")
if not os.path.exists(TICKETS):
    skip(f"there is no {TICKETS}")
EMBEDDINGS = {"MODEL": "all-MiniLM-L6-v2", "DIMENSIONS": "384"}
wrong = 0


def check(claim, holds, detail=""):
    global wrong
    wrong += not holds
    print(("ok    " if holds else "WRONG ") + claim + (f": {detail}" if detail != "" else ""), flush=True)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def request(method, url, body=None, headers={}):
    call = urllib.request.Request(url, None if body is None else json.dumps(body).encode(),
                                  {"Content-Type": "application/json", **headers}, method=method)
    with urllib.request.urlopen(call, timeout=60) as answer:
        text = answer.read()
        return json.loads(text) if text[:1] in b"{[" else text.decode()


def providers(kind):
    """The configuration of one variant."""
    settings = {"FRESHET_MODELS_MAIN_KIND": kind, "FRESHET_MODELS_MAIN_MODEL": "gpt-4o-mini",
                "FRESHET_MODELS_MAIN_API_KEY": "sk-test", "FRESHET_MODELS_MAIN_URL": OPENAI,
                "FRESHET_MODELS_MAIN_CONCURRENCY": "8"}
    names = ["main"]
    if kind == "azure":
        settings["FRESHET_MODELS_MAIN_URL"] = os.environ.get("AZURE_OPENAI_ENDPOINT") or skip("no AZURE_OPENAI_ENDPOINT")
    if kind == "anthropic":
        settings["FRESHET_MODELS_MAIN_URL"] = os.environ.get("ANTHROPIC_BASE_URL") or skip("no ANTHROPIC_BASE_URL")
        settings["FRESHET_MODELS_MAIN_MODEL"] = "claude-3-5-haiku-latest"
    embedder = "main"
    if kind in ("anthropic", "azure"):
        # Vectors by the model whose figures are known, whoever makes the summaries.
        embedder = "vectors"
        names.append(embedder)
        settings |= {"FRESHET_MODELS_VECTORS_KIND": "compatible", "FRESHET_MODELS_VECTORS_URL": OPENAI,
                     "FRESHET_MODELS_VECTORS_API_KEY": "sk-test"}
    return settings | {"FRESHET_MODELS_PROVIDERS": ",".join(names), "FRESHET_MODELS_SUMMARIES_USE": "main",
                       "FRESHET_MODELS_EMBEDDINGS_USE": embedder,
                       **{f"FRESHET_MODELS_EMBEDDINGS_{name}": value for name, value in EMBEDDINGS.items()}}


def accept(kind):
    print(f"      {kind}", flush=True)
    folder = tempfile.TemporaryDirectory(prefix="freshet-acceptance-")
    collection = "acceptance-" + uuid.uuid4().hex[:8]
    path = lambda name: os.path.join(folder.name, name)
    with open(path("key"), "w") as file:
        file.write("secret")
    with gzip.open(TICKETS, "rt", encoding="utf-8") as source, open(path("tickets.jsonl"), "w") as target:
        rows = [line for line, _ in zip(source, range(options.tickets))]
        target.writelines(rows)
    listen = f"127.0.0.1:{free_port()}"
    environment = {
        **os.environ, "FRESHET_DATA_DIRECTORY": path("data"), "FRESHET_LISTEN": listen, "FRESHET_INDEX_KIND": "qdrant",
        "FRESHET_INDEX_QDRANT_URL": QDRANT, "FRESHET_INDEX_QDRANT_COLLECTION": collection,
        "FRESHET_RECONCILE_INTERVAL": "0", "FRESHET_QUIET_PERIOD": "200ms", "FRESHET_LOG_LEVEL": "warning",
        **providers(kind)}

    def freshet(*arguments):
        done = subprocess.run([f"{BIN}/freshet", *arguments], env=environment, capture_output=True, text=True,
                              timeout=options.patience)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode:
            print(done.stdout[-1000:], done.stderr[-1000:], file=sys.stderr)
        return json.loads(lines[-1]) if lines else {}

    def metric(pattern):
        text = request("GET", f"http://{listen}/metrics")
        return sum(float(value) for value in re.findall(pattern + r"\S* (\S+)", text))

    def serve():
        server = subprocess.Popen([f"{BIN}/freshet", "serve"], env=environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        for line in server.stdout:
            if "listening on" in line:
                return server
        raise RuntimeError("the server did not start")

    def settle():
        deadline = time.time() + options.patience
        while time.time() < deadline:
            row = freshet("status", "acme", "--json")["companies"][0]
            if row["urgent"] + row["backfill"] == 0:
                return row
            time.sleep(1)
        raise RuntimeError("nothing settles")

    def records(what):
        import sqlite3
        with sqlite3.connect(f"file:{path('data')}/freshet.db?mode=ro", uri=True) as store:
            return store.execute(what).fetchall()

    secret = "whsec_" + __import__("base64").b64encode(os.urandom(32)).decode()
    with open(path("secret"), "w") as file:
        file.write(secret)
    simulator = subprocess.Popen(
        [f"{BIN}/freshdesk-simulator", "--listen", "127.0.0.1:0", "--api-key", "secret", "--plan", "unlimited",
         "--tickets", path("tickets.jsonl"), "--sign-to", f"http://{listen}/webhooks/freshdesk/acme",
         "--sign-secret-file", path("secret")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    server = None
    try:
        for line in simulator.stdout:
            if found := re.search(r"listening on (\S+)", line):
                desk = "http://" + found[1]
                break
        made = freshet("company", "add", "acme", "--platform", "freshdesk", "--url", desk, "--api-key-file", path("key"),
                       "--webhook-secret-file", path("secret"), "--api-share", "1", "--json")
        freshet("models", "check", "--json")
        server = serve()
        started = time.time()
        backfill = freshet("reconcile", "acme", "--follow", "--json")
        print(f"      {len(rows)} tickets in {time.time() - started:.0f} s", flush=True)
        row = freshet("status", "acme", "--json")["companies"][0]
        check("the backfill is complete", backfill.get("state") == "complete" and backfill.get("failed") == 0,
              {name: backfill.get(name) for name in ("seen", "marked", "failed", "api_calls")})
        check("nothing is parked", row["parked"] == 0, row["parked"])
        check("every ticket is indexed or kept out for a reason", row["indexed"] + row["excluded"] == len(rows),
              (row["indexed"], row["excluded"]))
        # Kept, or asked for in vain: of those the built-in summary stands in, and is marked.
        contents = lambda: {one for (one,) in records(
            "SELECT fingerprint FROM model_cache WHERE kind = 'summary' AND model LIKE 'main/%' UNION "
            "SELECT content_hash FROM documents WHERE stand_in_tries IS NOT NULL")}
        calls = lambda: metric(r'freshet_model_calls_total\{[^}]*purpose="summary"[^}]*provider="main"[^}]*\}|'
                               r'freshet_model_calls_total\{[^}]*provider="main"[^}]*purpose="summary"[^}]*\}')
        summaries, distinct = calls(), contents()
        check("as many summaries were asked for as there are distinct contents", summaries == len(distinct),
              (summaries, len(distinct)))
        ask = lambda text: request("POST", f"http://{listen}/query", {"query": text, "types": ["tickets"], "limit": 10},
                                   {"Authorization": f"Bearer {made['token']}"})
        sample = [json.loads(line) for line in rows[::max(1, len(rows) // 50)]]
        found = sum(any(hit["original_id"] == str(int(re.sub(r"\D", "", str(one["id"])))) for hit in
                        ask(one["subject"] + "\n" + one["description"])["results"]) for one in sample)
        check("tickets are found by their own text", found >= 0.95 * len(sample), (found, len(sample)))
        hit = ask("error")["results"][0]
        check("results keep their contract", {"original_id", "doc_type", "score", "subject", "summary", "updated_at",
                                              "indexed_at"} <= set(hit))

        basic = {"Authorization": "Basic c2VjcmV0Olg="}
        ids = [int(re.sub(r"\D", "", str(json.loads(line)["id"]))) for line in rows]
        chosen = ids[::max(1, len(ids) // options.changes)][:options.changes]
        word = lambda id: f"zq{id}v"
        subject = lambda id: f"Changed: the numbat {word(id)} will not start"
        for at, id in enumerate(chosen):
            body = {"subject": subject(id)} if at % 2 else {"priority": 4}
            request("PUT", f"{desk}/api/v2/tickets/{id}", body, basic)
            if at == len(chosen) // 2:
                server.send_signal(signal.SIGKILL)
                server.wait()
                server = serve()
        settle()
        freshet("reconcile", "acme", "--follow", "--json")
        row = settle()
        check("after changes and a kill -9 nothing is parked", row["parked"] == 0, row["parked"])
        edited = [id for at, id in enumerate(chosen) if at % 2]
        known = dict(records("SELECT original_id, json_extract(document, '$.subject') FROM documents"))
        check("the record says what the help desk says",
              all(known.get(id) == subject(id) for id in edited), len(edited))
        check("and so do searches", all(
            any(hit["original_id"] == str(id) for hit in ask(word(id))["results"])
            for id in edited[:20]))
        fresh = len(contents() - distinct)
        check("changes of labels asked for no summary, changes of content for one each",
              len(edited) <= fresh <= len(edited) + 2, (fresh, len(edited)))
        freshet("reconcile", "acme", "--mode", "sweep", "--follow", "--json")
        check("a sweep finds nothing to pay for", len(contents() - distinct) == fresh)
        audit = freshet("reconcile", "acme", "--mode", "audit", "--json").get("certificate", {}).get("audit", {})
        check("an audit finds nothing", audit and not any(audit.values()), audit)
    finally:
        for process in (server, simulator):
            if process:
                process.kill()
                process.wait()
        try:
            urllib.request.urlopen(urllib.request.Request(f"{QDRANT}/collections/{collection}", method="DELETE"))
        except urllib.error.HTTPError:
            pass
        folder.cleanup()


for provider in options.provider or ["compatible", "azure", "anthropic"]:
    accept(provider)
print(f"{wrong} wrong" if wrong else "all holds")
sys.exit(1 if wrong else 0)
