-- What other venues say a coin is worth: as it stands, and its changes of the last days.
CREATE TABLE venue_prices (
    venue TEXT NOT NULL,
    coin TEXT NOT NULL,
    currency TEXT NOT NULL,
    bid TEXT,
    ask TEXT,
    last TEXT,
    -- When, as the venue says.
    at INTEGER,
    -- Since when it says this, and when it last did.
    since INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (venue, coin, currency)
) STRICT, WITHOUT ROWID;

-- Time first: a reply appends to the end of the tree and pruning cuts off its beginning.
CREATE TABLE venue_price_changes (
    since INTEGER NOT NULL,
    venue TEXT NOT NULL,
    coin TEXT NOT NULL,
    currency TEXT NOT NULL,
    bid TEXT,
    ask TEXT,
    last TEXT,
    at INTEGER,
    PRIMARY KEY (since, venue, coin, currency)
) STRICT, WITHOUT ROWID;

-- Stretches of time of which something is missing. An empty subject is all of the source.
CREATE TABLE gaps (
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    start INTEGER NOT NULL,
    until INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    closed_at INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    tried_at INTEGER,
    PRIMARY KEY (source, subject, start)
) STRICT, WITHOUT ROWID;

CREATE INDEX gaps_found ON gaps (found_at);
CREATE INDEX gaps_open ON gaps (start) WHERE state = 'open';

-- How far each ledger could be trusted, every few minutes.
CREATE TABLE quality (
    at INTEGER NOT NULL,
    ledger TEXT NOT NULL,
    status TEXT NOT NULL,
    coverage REAL,
    freshness REAL,
    validity REAL,
    agreement REAL,
    score REAL,
    PRIMARY KEY (at, ledger)
) STRICT, WITHOUT ROWID;

-- Items that were bad in themselves, as against those that were only none of ours.
ALTER TABLE runs ADD COLUMN flawed INTEGER NOT NULL DEFAULT 0;
