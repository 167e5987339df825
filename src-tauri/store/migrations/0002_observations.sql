-- What the ledgers' sources said, every revision of it, and since when it is known here.
CREATE TABLE observations (
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    event_time INTEGER NOT NULL,
    published_at INTEGER,
    -- Tickers between spaces, with one at either end: ' BTC ETH '.
    coins TEXT NOT NULL,
    content BLOB NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (source, kind, key, revision)
) STRICT;

-- By kind and time, with the first look at what was known when answered by the index alone.
CREATE INDEX observations_time ON observations (kind, event_time, first_seen);

-- How a run came about, and what it met.
ALTER TABLE runs ADD COLUMN cause TEXT NOT NULL DEFAULT 'scheduled';
ALTER TABLE runs ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN revised INTEGER NOT NULL DEFAULT 0;
-- The first refusals as JSON.
ALTER TABLE runs ADD COLUMN refused TEXT;
UPDATE runs SET seen = new + duplicate + rejected;

CREATE INDEX runs_refused ON runs (started) WHERE refused IS NOT NULL;

-- Runs of one source, newest first, is what the key gives; of all sources, this.
CREATE INDEX runs_started ON runs (started);

-- What a person or the workstation decided about a source. A setting, not a fact.
CREATE TABLE sources (
    name TEXT PRIMARY KEY,
    paused INTEGER NOT NULL DEFAULT 0,
    shape BLOB,
    next_run INTEGER
) STRICT, WITHOUT ROWID;
