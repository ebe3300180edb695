"""What both HTTP services share: problems, the guard at the door, health, and serving."""
