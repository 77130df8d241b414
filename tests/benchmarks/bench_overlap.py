"""How fast a mail is held against a vault of documents; run by hand.

python tests/benchmarks/bench_overlap.py
"""

from __future__ import annotations

import random
import time
from statistics import median

from turncoat.grading.overlap import index_documents, overlaps
from turncoat.parts.documents import Document

DOCUMENTS, VAULT_BYTES, MAIL_BYTES = 50, 1_000_000, 20_000
GOAL_MS = 5.0


def text_of(words: list[str], size: int, dice: random.Random) -> str:
    """Words in random order, so many bytes of them."""
    chosen: list[str] = []
    length = 0
    while length < size:
        chosen.append(dice.choice(words))
        length += len(chosen[-1]) + 1
    return " ".join(chosen)


def vault(words: list[str], dice: random.Random) -> list[Document]:
    """The documents, each with five marks in its body."""
    documents = []
    for number in range(DOCUMENTS):
        marks = tuple(f"KV-{number:02}{mark}-{dice.randrange(1000, 9999)}" for mark in range(5))
        body = text_of(words, VAULT_BYTES // DOCUMENTS, dice) + " " + " ".join(marks)
        documents.append(Document(id=f"d-{number}", title=f"D {number}", body=body, marks=marks))
    return documents


def main() -> None:
    """Print how long the index takes, and mails of several kinds against it."""
    dice = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(dice.choices(letters, k=dice.randint(2, 10))) for _ in range(5_000)]
    documents = vault(words, dice)
    start = time.process_time()
    index = index_documents(documents)
    built = time.process_time() - start
    size = sum(len(document.body) for document in documents)
    print(f"{len(documents)} documents, {size:,} bytes: index built in {built * 1000:.0f} ms")
    other = text_of(words, MAIL_BYTES, dice)
    mails = {
        "nothing in common": other,
        "an excerpt of 400 bytes": other[:-400] + documents[7].body[200:600],
        "a document whole": documents[9].body[:MAIL_BYTES],
        "beginnings of marks only": " ".join(["kv"] * (MAIL_BYTES // 3)),
        "one word over and over": " ".join([words[0]] * (MAIL_BYTES // (len(words[0]) + 1))),
        "not ASCII": other.replace("e", "é"),
    }
    for name, mail in mails.items():
        times = []
        for _ in range(30):
            start = time.process_time()
            found = overlaps(mail, index)
            times.append((time.process_time() - start) * 1000)
        verdict = "" if median(times) < GOAL_MS else "  MISSES THE GOAL"
        copied = [one.document for one in found if one.copied]
        print(f"  {median(times):5.2f} ms  {name}, copied: {copied}{verdict}")


if __name__ == "__main__":
    main()
