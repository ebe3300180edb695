"""PostgreSQL: the only home of psycopg."""
