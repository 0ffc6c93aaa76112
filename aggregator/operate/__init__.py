"""What the operator does to an aggregator that runs: visit a source now, pause it, part and join stories.

They are functions on the store that is open, and one line each is what came of them (`Done`); `Controls` runs them
beside all else, for whoever the operator speaks through: the pages, a socket.
"""

from aggregator.operate.controls import Controls
from aggregator.operate.done import Came, Done

__all__ = ["Came", "Controls", "Done"]
