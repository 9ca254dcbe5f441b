"""How fast the official Python client upserts the points of one collection into another.

    python3 upserts.py URL FROM TO BATCH plain|fenced

Reads all points of FROM first, makes TO with the same vectors and payload indexes, then upserts in batches and waits
for each; fenced: only over what is not newer, and reads back what stands there. Prints the seconds that the upserts took and the number of points. Needs `pip install qdrant-client`.
"""
import os
import sys
import time

from qdrant_client import QdrantClient, models

url, source, target, batch, mode = sys.argv[1:]
client = QdrantClient(url=url, api_key=os.environ.get("QDRANT_API_KEY"), check_compatibility=False, timeout=120)
points, offset = [], None
while True:
    page, offset = client.scroll(source, limit=500, offset=offset, with_payload=True, with_vectors=True)
    points += [models.PointStruct(id=point.id, vector=point.vector, payload=point.payload) for point in page]
    if offset is None:
        break
description = client.get_collection(source)
client.create_collection(
    target, vectors_config=description.config.params.vectors, on_disk_payload=True,
    hnsw_config=models.HnswConfigDiff(m=0, payload_m=16))
for field, schema in description.payload_schema.items():
    client.create_payload_index(target, field, field_schema=schema.params or schema.data_type, wait=True)
started = time.perf_counter()
for at in range(0, len(points), int(batch)):
    some = points[at:at + int(batch)]
    if mode == "plain":
        client.upsert(target, points=some, wait=True)
        continue
    generation = max(point.payload["generation"] for point in some)
    fence = models.Filter(should=[
        models.IsEmptyCondition(is_empty=models.PayloadField(key="generation")),
        models.FieldCondition(key="generation", range=models.Range(lte=generation))])
    client.upsert(target, points=some, wait=True, ordering=models.WriteOrdering.STRONG, update_filter=fence)
    found = client.retrieve(target, [point.id for point in some], with_payload=["generation"])
    assert len(found) == len(some) and all(point.payload["generation"] == generation for point in found)
seconds = time.perf_counter() - started
assert client.count(target, exact=True).count == len(points)
print(seconds, len(points))
