-- Ticks in two forms. While ten minutes run, a row holds what one poll changed, so that a poll is one small write at the
-- end of a tree. When they are over, a row holds what one coin did in them, so that a day of a coin is 144 short reads.
CREATE TABLE tick_coins (
    no INTEGER PRIMARY KEY,
    coin TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE tick_polls (
    seen INTEGER PRIMARY KEY,
    ticks INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- The key is the ten minutes, counted from 1970, times 2^24, plus the coin's number: packing appends to the end of the
-- tree and forgetting cuts off its beginning.
CREATE TABLE tick_packs (
    key INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- One row for each ten minutes that were packed. Only what is sealed into candles may be forgotten.
CREATE TABLE tick_buckets (
    bucket INTEGER PRIMARY KEY,
    ticks INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sealed INTEGER NOT NULL
) STRICT;

-- What there was becomes polls; the next packing takes it on from there.
INSERT INTO tick_coins (coin) SELECT DISTINCT coin FROM ticks ORDER BY coin;
INSERT INTO tick_polls (seen, ticks, body)
SELECT t.seen, count(*), unhex(group_concat(printf('%08x%02x', c.no, length(t.body)) || hex(t.body), ''))
FROM ticks t CROSS JOIN tick_coins c ON c.coin = t.coin GROUP BY t.seen;
DROP TABLE ticks;
-- How far candles were sealed is told by the buckets from now on.
DELETE FROM runs WHERE source = 'candle_seal';

-- What a person set for the workspace. Settings, not facts.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
