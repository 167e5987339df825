-- What was, or is to be, told to the trader's webhook: one row a telling, with what became of it. Not facts: losing them
-- costs a message.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    -- The alert it is about; none for a test.
    alert TEXT,
    change TEXT NOT NULL,
    -- The bytes that are sent, every time the same.
    body TEXT NOT NULL,
    -- waiting, delivered, failed or dropped.
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    last_at INTEGER,
    status INTEGER,
    error TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_at ON deliveries (created_at);
CREATE INDEX deliveries_waiting ON deliveries (next_at) WHERE state = 'waiting';
