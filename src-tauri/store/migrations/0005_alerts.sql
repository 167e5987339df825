-- What called for a person's attention, and what became of it.
CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    -- What brought it about: the same cause raises nothing twice.
    origin TEXT NOT NULL UNIQUE,
    -- What rules look at the same trouble; of one topic and subject there is one at a time.
    topic TEXT NOT NULL,
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    ledger TEXT NOT NULL,
    severity INTEGER NOT NULL,
    title TEXT NOT NULL,
    detail TEXT NOT NULL,
    url TEXT,
    observation TEXT,
    at INTEGER NOT NULL,
    -- When it was raised or came again last.
    last_at INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    recovered_at INTEGER,
    seen_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX alerts_at ON alerts (at);
CREATE INDEX alerts_topic ON alerts (topic, subject, last_at);
CREATE INDEX alerts_unseen ON alerts (at) WHERE seen_at IS NULL;

-- What a person set about alerts. Settings, not facts.
CREATE TABLE alert_settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
