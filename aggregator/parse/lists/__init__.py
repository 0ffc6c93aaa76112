"""Lists of subscriptions as other readers write them → subscriptions."""
