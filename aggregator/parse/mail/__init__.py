"""Mail as people subscribe to it: newsletters and lists, a message a file, or many in an mbox."""
