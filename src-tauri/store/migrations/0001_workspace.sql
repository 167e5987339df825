-- The journal: facts are appended, never changed.
CREATE TABLE devices (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    own INTEGER NOT NULL
) STRICT;

CREATE TABLE facts (
    device INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    body BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (device, seq),
    FOREIGN KEY (device) REFERENCES devices (no)
) STRICT, WITHOUT ROWID;

-- The few facts that are no trades, found without walking over a million trades.
CREATE INDEX facts_control ON facts (device, seq) WHERE kind <> 10;

-- Projections: folded from the journal, dropped and rebuilt at will.
CREATE TABLE trades (
    chunk INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE trade_ids (
    id BLOB PRIMARY KEY,
    device INTEGER NOT NULL,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE order_trades (
    device INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (device, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE coins (
    no INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE names (
    no INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- Observations: what feeds said. Not facts; old ticks are pruned.
CREATE TABLE feeds (
    name TEXT PRIMARY KEY,
    last_attempt INTEGER NOT NULL,
    last_success INTEGER,
    last_change INTEGER,
    last_error TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE quotes (
    coin TEXT PRIMARY KEY,
    feed TEXT NOT NULL,
    seen INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Time first: a poll appends to the end of the tree and pruning cuts off its beginning.
CREATE TABLE ticks (
    seen INTEGER NOT NULL,
    coin TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (seen, coin)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    source TEXT NOT NULL,
    started INTEGER NOT NULL,
    status TEXT NOT NULL,
    new INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (source, started)
) STRICT, WITHOUT ROWID;

CREATE TABLE candles (
    coin TEXT NOT NULL,
    interval INTEGER NOT NULL,
    time INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (coin, interval, time)
) STRICT, WITHOUT ROWID;
