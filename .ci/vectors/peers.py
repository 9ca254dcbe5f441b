"""How fast numpy and faiss-cpu find the nearest of the vectors that freshet-bench writes, on one thread.

    python3 peers.py VECTORS QUERIES DIMENSIONS STEP

VECTORS and QUERIES hold rows of 32-bit floats. Every STEP-th row is the company's. Prints JSON: queries a second of
numpy over the company's own contiguous rows and over all, of faiss' IndexFlatIP with an id selector for the company and
over all, and the ten nearest rows of each query as the index says, company and all. Needs `pip install numpy faiss-cpu`.
"""
import json
import sys
import time

import faiss
import numpy

vectors_file, queries_file, dimensions, step = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
faiss.omp_set_num_threads(1)
vectors = numpy.fromfile(vectors_file, dtype="<f4").reshape(-1, dimensions)
queries = numpy.fromfile(queries_file, dtype="<f4").reshape(-1, dimensions)
company = numpy.arange(0, len(vectors), step)
own = numpy.ascontiguousarray(vectors[company])
index = faiss.IndexFlatIP(dimensions)
index.add(vectors)
selector = faiss.IDSelectorBatch(company.astype("int64"))
of_company = faiss.SearchParameters(sel=selector)


def nearest(rows, query):
    scores = rows @ query
    best = numpy.argpartition(-scores, 10)[:10]
    return best[numpy.argsort(-scores[best])]


def timed(search):
    answers = []
    started = time.perf_counter()
    for query in queries:
        answers.append(search(query))
    return len(queries) / (time.perf_counter() - started), answers


for query in queries[:3]:
    nearest(own, query), nearest(vectors, query), index.search(query[None], 10)
result = {}
result["numpy_company"], _ = timed(lambda query: nearest(own, query))
result["faiss_company"], found = timed(lambda query: index.search(query[None], 10, params=of_company)[1][0])
result["company"] = [[int(row) for row in rows] for rows in found]
result["numpy_all"], _ = timed(lambda query: nearest(vectors, query))
result["faiss_all"], found = timed(lambda query: index.search(query[None], 10)[1][0])
result["all"] = [[int(row) for row in rows] for rows in found]
json.dump(result, sys.stdout)
