"""The inference loop that champion and shadow workers run. Four stages, each owning what it touches:

    umbra.images                                                            umbra.predictions.<…>
         │                                                                            ▲
         ▼          Batch            Batch, tensors filled          Batch, outcomes    │
    ┌──────────┐  ┌───────────────┐  ┌──────────────────────┐  ┌──────────────────────┴─┐
    │ poll     ├─▶│ decode (pool) ├─▶│ inference            ├─▶│ commit                 │
    │ consumer │  │ OpenCV, store │  │ ONNX Runtime, heads  │  │ transactional producer │
    └────▲─────┘  └───────────────┘  └──────────────────────┘  └─────────┬──────────────┘
         └──────────────── a flight lands, or its epoch is dead ◀────────┘

At most four batches are in flight (`Flights`); that is the only bound, and what back-pressure waits on.

A batch belongs to an `Epoch`: the time between two moments at which all partitions were sought to their
committed offsets. An abort, a rebalance or a lost offset only marks the epoch dead. Whoever meets a batch of
a dead epoch drops it, and the poll thread alone opens the next epoch: after the drain, `committed()` and the
seek of all partitions. Without that a record polled before a rewind can be committed after it, and is lost.

Which revision judges an image is asked of the control view alone (`Rules`).
Beside the stages: `Models` loads in the background, `Reporter` tells others how it is, `Watchdog` ends a
process that hangs. What cannot be handled in process ends the process: the supervisor starts it again.
"""
