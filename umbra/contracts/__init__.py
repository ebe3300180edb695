"""What crosses the wire: topics in the order images travel, headers, messages."""
