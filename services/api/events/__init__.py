"""Server-sent events: what has changed, told to every open page.

`watch` (one thread, once a second, while somebody listens) ─▶ `news` (what differs) ─▶ `board` ─▶ streams
"""
