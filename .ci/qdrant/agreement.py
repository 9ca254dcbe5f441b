"""Freshet and the official Python client on one Qdrant: does each see what the other did?

    FRESHET_QDRANT_URL=http://127.0.0.1:6333 python3 .ci/qdrant/agreement.py [--bin DIR] [--tickets N]

Starts a simulated help desk and `freshet` on files of their own, indexes N generated tickets, and holds what is in the
collection against what qdrant-client reads. Then the client damages points in every way that an audit knows, and the
audit must name each exactly; a way to Qdrant that breaks off half-way must leave everything as it was. Needs
`pip install qdrant-client`. Exit code 0 when all agreed, 1 when something did not, 75 when it could not be tried.
"""
import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid

try:
    from qdrant_client import QdrantClient, models
except ImportError:
    print("SKIPPED: no qdrant-client, the agreement with it was not tried: pip install qdrant-client", file=sys.stderr)
    sys.exit(75)

URL = os.environ.get("FRESHET_QDRANT_URL")
if not URL:
    print("SKIPPED: FRESHET_QDRANT_URL names no Qdrant, the agreement with its client was not tried", file=sys.stderr)
    sys.exit(75)

options = argparse.ArgumentParser()
options.add_argument("--bin", default=".build/debug", help="where freshet and freshdesk-simulator are")
options.add_argument("--tickets", type=int, default=1000)
options = options.parse_args()
BIN = os.path.abspath(options.bin)
NAMESPACE = uuid.UUID("c2a07e30-332b-400b-a5b5-4adae9e152a5")
COLLECTION = "agreement-" + uuid.uuid4().hex[:8]
EACH = 10
wrong = 0


def check(claim, holds, detail=""):
    global wrong
    wrong += not holds
    print(("ok    " if holds else "WRONG ") + claim + (f": {detail}" if detail != "" else ""), flush=True)


def point_id(number, company="acme"):
    return str(uuid.uuid5(NAMESPACE, f"{company}/freshdesk/ticket/{number}"))


class Way:
    """A way to Qdrant that a test can cut after so many further requests for one path."""

    def __init__(self, url):
        host, port = re.match(r"https?://([^:/]+):?(\d*)", url).groups()
        self.target = (host, int(port or 80))
        self.left = None
        self.needle = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def cut(self, needle, after):
        self.needle, self.left = needle, after

    def mend(self):
        self.left = None

    def accept(self):
        while True:
            threading.Thread(target=self.carry, args=(self.listener.accept()[0],), daemon=True).start()

    def carry(self, client):
        if self.left is not None and self.left <= 0:
            return client.close()
        server = socket.create_connection(self.target)
        threading.Thread(target=self.pump, args=(server, client, False), daemon=True).start()
        self.pump(client, server, True)

    def pump(self, source, sink, watched):
        try:
            while data := source.recv(65536):
                if watched and self.left is not None:
                    self.left -= data.count(self.needle)
                    if self.left <= 0:
                        break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()


folder = tempfile.TemporaryDirectory(prefix="freshet-agreement-")
key = os.path.join(folder.name, "key")
with open(key, "w") as file:
    file.write("secret")
way = Way(URL)
environment = {
    **os.environ,
    "FRESHET_DATA_DIRECTORY": os.path.join(folder.name, "data"),
    "FRESHET_INDEX_KIND": "qdrant",
    "FRESHET_INDEX_QDRANT_URL": way.url,
    "FRESHET_INDEX_QDRANT_COLLECTION": COLLECTION,
}


def freshet(*arguments):
    done = subprocess.run([f"{BIN}/freshet", *arguments], env=environment, capture_output=True, text=True, timeout=3600)
    if done.returncode not in (0, 1):
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


named = {}


def audit():
    """The counts; `named` then holds the items of each verdict, and the ids of points that lie where none belongs."""
    global named
    answer = freshet("reconcile", "acme", "--mode", "audit", "--json")
    named = {}
    for finding in answer.get("certificate", {}).get("audit_findings", []):
        named.setdefault(finding["verdict"], set()).add(finding["point_id"] or finding["item"])
    counts = answer.get("audit") or answer.get("certificate", {}).get("audit") or {}
    return {name: counts.get(name, 0) for name in
            ("missing", "orphan", "stale", "duplicate", "foreign", "unknown", "repaired")}


def expect(claim, **counts):
    wanted = {name: 0 for name in ("missing", "orphan", "stale", "duplicate", "foreign", "unknown", "repaired")} | counts
    found = audit()
    check(claim, found == wanted, found)


simulator = subprocess.Popen(
    [f"{BIN}/freshdesk-simulator", "--listen", "127.0.0.1:0", "--api-key", "secret", "--plan", "unlimited",
     "--generate", str(options.tickets), "--frozen"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
client = QdrantClient(url=URL, api_key=os.environ.get("FRESHET_QDRANT_API_KEY"), check_compatibility=False, timeout=120)
try:
    for line in simulator.stdout:
        if found := re.search(r"listening on (\S+)", line):
            desk = "http://" + found[1]
            break
    freshet("company", "add", "acme", "--platform", "freshdesk", "--url", desk, "--api-key-file", key, "--json")
    started = time.time()
    freshet("reconcile", "acme", "--follow", "--json")
    print(f"      indexed in {time.time() - started:.0f} s", flush=True)

    def company(name):
        return models.Filter(must=[models.FieldCondition(key="company_id", match=models.MatchValue(value=name))])

    def everything(payload=True, vectors=False):
        found, offset = {}, None
        while True:
            page, offset = client.scroll(COLLECTION, scroll_filter=company("acme"), limit=1000, offset=offset,
                                         with_payload=payload, with_vectors=vectors)
            found |= {str(point.id): point for point in page}
            if offset is None:
                return found

    points = everything(vectors=True)
    total = len(points)
    check("the client counts what it scrolls", client.count(COLLECTION, company("acme"), exact=True).count == total, total)
    check("nearly every ticket is there", total >= options.tickets * 0.9, total)
    check("nobody else has any", client.count(COLLECTION, company("globex"), exact=True).count == 0)
    check("ids are UUIDv5 of company/platform/doc_type/original_id",
          all(point_id(point.payload["original_id"]) == id for id, point in points.items()))
    wanted = {"company_id", "platform", "doc_type", "original_id", "subject", "summary", "metadata", "content_hash",
              "facets_hash", "generation", "created_at", "updated_at", "indexed_at"}
    check("payloads hold what they promise", all(wanted <= set(point.payload) for point in points.values()))
    check("vectors have unit length",
          all(abs(sum(x * x for x in point.vector) - 1) < 1e-3 for point in points.values()))
    schema = client.get_collection(COLLECTION).payload_schema["company_id"]
    check("company_id is the tenant key", bool(schema.params and schema.params.is_tenant))
    one = next(iter(points.values()))
    near = client.query_points(COLLECTION, query=one.vector, query_filter=company("acme"), limit=1).points
    check("the client finds a point by its own vector", str(near[0].id) == str(one.id))
    expect("an audit finds nothing")

    ids = sorted(points)
    groups = [ids[at::7][:EACH] for at in range(5)]
    missing, stale, copied, foreign, example = groups
    client.delete(COLLECTION, points_selector=missing, wait=True)
    client.set_payload(COLLECTION, {"content_hash": "0" * 64}, points=stale, wait=True)
    client.set_payload(COLLECTION, {"company_id": "globex"}, points=foreign, wait=True)
    copies = [models.PointStruct(id=str(uuid.uuid4()), vector=points[id].vector, payload=points[id].payload)
              for id in copied]
    orphans = [models.PointStruct(id=point_id(10**9 + at), vector=points[id].vector,
                                  payload=points[id].payload | {"original_id": 10**9 + at})
               for at, id in enumerate(example)]
    client.upsert(COLLECTION, points=copies + orphans, wait=True)
    planted = {id: point.payload for id, point in everything().items()}

    way.cut(b"/points/scroll", max(2, total // 400))
    found = audit()
    check("a way that breaks off half-way leaves unknowns and repairs nothing",
          found["unknown"] > 0 and found["repaired"] == 0, found)
    way.mend()
    check("not a payload has changed", {id: point.payload for id, point in everything().items()} == planted)

    each = {name: EACH for name in ("missing", "orphan", "stale", "duplicate", "foreign")}
    expect(f"each of five verdicts on {total} points, and what can be is repaired", **each, repaired=3 * EACH)
    item = lambda id: f"ticket/{points[id].payload['original_id']}"
    check("and names each exactly, copies wherever they lie", named == {
        "missing": {item(id) for id in missing}, "stale": {item(id) for id in stale},
        "orphan": {f"ticket/{10**9 + at}" for at in range(EACH)}, "duplicate": {str(point.id) for point in copies},
        "foreign": set(foreign)}, {verdict: len(found) for verdict, found in named.items()})
    expect("what is left needs a person", duplicate=EACH, foreign=EACH)
    client.delete(COLLECTION, points_selector=[point.id for point in copies] + foreign, wait=True)
    expect("what the client removed is missing, and made anew", missing=EACH, repaired=EACH)
    expect("then an audit finds nothing again")
    after = everything(vectors=True)
    check("the points are those that there were", set(after) == set(points))
    check("with their vectors", all(
        max(abs(a - b) for a, b in zip(after[id].vector, points[id].vector)) < 1e-6 for id in missing + stale + foreign))

    number = one.payload["original_id"]
    request = urllib.request.Request(f"{desk}/api/v2/tickets/{number}", method="DELETE")
    request.add_header("Authorization", "Basic c2VjcmV0Olg=")
    urllib.request.urlopen(request)
    freshet("reconcile", "acme", "--follow", "--json")
    check("what Freshet removed is gone for the client",
          client.count(COLLECTION, company("acme"), exact=True).count == total - 1)
    stone = client.retrieve(COLLECTION, [one.id], with_vectors=True)
    check("its tombstone names no company and has no vector",
          len(stone) == 1 and "company_id" not in stone[0].payload and not stone[0].vector)
    subprocess.run([f"{BIN}/freshet", "company", "purge", "acme", "--yes"], env=environment, capture_output=True)
    check("a purge leaves nothing", client.count(COLLECTION, exact=True).count == 0)
finally:
    simulator.terminate()
    simulator.wait()
    client.delete_collection(COLLECTION)
    folder.cleanup()
print(f"{wrong} wrong" if wrong else "all agreed")
sys.exit(1 if wrong else 0)
