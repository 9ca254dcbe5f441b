"""What a model finds when it is applied directly: texts in, rankings out, nothing of Freshet in between.

    python3 direct.py URL MODEL TEXTS.jsonl RUN.tsv

URL is that of an OpenAI-compatible server, with /v1; its key comes from OPENAI_API_KEY, where it wants a real one. TEXTS holds a line
{"kind": "item" | "query", "id", "text"} for each text. Every query's fifty nearest items by cosine, itself left out, go
to RUN as `query <tab> item <tab> rank <tab>`. Prints the number of texts. Needs nothing but Python; numpy if it is there.
"""
import json
import math
import os
import sys
import urllib.request

url, model, source, target = sys.argv[1:]
texts = [json.loads(line) for line in open(source, encoding="utf-8")]
vectors = []
for at in range(0, len(texts), 64):
    body = {"model": model, "input": [text["text"] for text in texts[at:at + 64]]}
    request = urllib.request.Request(url + "/embeddings", json.dumps(body).encode(),
                                     {"Content-Type": "application/json",
                                      "Authorization": "Bearer " + os.environ.get("OPENAI_API_KEY", "none")})
    with urllib.request.urlopen(request, timeout=600) as answer:
        rows = json.load(answer)["data"]
    for row in sorted(rows, key=lambda row: row["index"]):
        length = math.sqrt(sum(x * x for x in row["embedding"])) or 1
        vectors.append([x / length for x in row["embedding"]])

items = [(text["id"], vector) for text, vector in zip(texts, vectors) if text["kind"] == "item"]
try:
    import numpy
    matrix = numpy.array([vector for _, vector in items], dtype=numpy.float32)

    def scores(vector):
        return (matrix @ numpy.array(vector, dtype=numpy.float32)).tolist()
except ImportError:
    def scores(vector):
        return [sum(map(float.__mul__, vector, other)) for _, other in items]

with open(target, "w", encoding="utf-8") as run:
    for text, vector in zip(texts, vectors):
        if text["kind"] != "query":
            continue
        ranked = sorted(zip(scores(vector), (id for id, _ in items)), key=lambda pair: (-pair[0], pair[1]))
        found = [id for _, id in ranked if id != text["id"]][:50]
        run.writelines(f"{text['id']}\t{id}\t{rank}\t\n" for rank, id in enumerate(found, 1))
print(json.dumps({"texts": len(texts)}))
