-- What came from other devices of the trader, and what is known of them.

-- Up to which of its facts a device's orders, wallet and settings are this workspace's own: all of its own device's and of
-- those it was restored from, none of another's.
ALTER TABLE devices ADD COLUMN mine INTEGER NOT NULL DEFAULT 9223372036854775807;

-- Facts of another device that this version can't read yet, and all that follow them: kept as they came, applied once they can be.
CREATE TABLE waiting_facts (
    device INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    body BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (device, seq),
    FOREIGN KEY (device) REFERENCES devices (no)
) STRICT, WITHOUT ROWID;

-- A projection: trades whose identity another device told earlier. They are in the journal and in no figure.
CREATE TABLE trade_twins (
    device INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (device, seq)
) STRICT, WITHOUT ROWID;

-- The trader's devices as they were first met. The key is pinned from then on.
CREATE TABLE peers (
    device BLOB PRIMARY KEY,
    public_key BLOB NOT NULL,
    certificate BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What devices signed about where their chains stood: the newest of each, and those at round numbers.
CREATE TABLE peer_claims (
    device BLOB NOT NULL,
    seq INTEGER NOT NULL,
    body BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (device, seq)
) STRICT, WITHOUT ROWID;

-- Kills of other devices that came and were not carried out here yet.
CREATE TABLE kills_to_heed (
    device INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (device, seq)
) STRICT, WITHOUT ROWID;
