"""Pairs predictions and keeps the figures. A batch travels

    transport ─▶ app ─▶ applier ─▶ settling ─▶ flush ─▶ PostgreSQL
    (Faust, committed records)      (halves a batch     (one transaction: fences, predictions,
                                     that fails)         pairs, buckets, dead letters)

Beside it: `seeking` puts the consumer behind what PostgreSQL holds, `sweeper` forgets what is old,
`watchdog` ends a process that makes no progress. From `applier` on nothing knows Faust.
"""
