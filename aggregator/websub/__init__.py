"""WebSub (W3C Recommendation of 2018): `publisher` tells our hub of new editions, `subscriber` is told by hubs.

    publish ─▶ Publisher ─▶ hub ─▶ others            hub ─▶ serve/websub ─▶ Subscriber ─▶ inbound ─▶ store

Both only make things faster: whatever a hub does or doesn't do, feeds can be fetched, and sources are polled.
"""
