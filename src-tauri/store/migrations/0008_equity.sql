-- What each book was worth, at most once a minute and at the first chance of each local day. Day loss and drawdown are
-- measured from it. Amounts are decimals as text.
CREATE TABLE equity (
    book TEXT NOT NULL,
    -- Paper wallets are counted: a fresh one begins anew. 0 for live.
    wallet INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    equity TEXT NOT NULL,
    -- Paid in since the point before, less what was paid out.
    flow TEXT NOT NULL,
    -- What a dollar of the first point is worth, and the most it ever was.
    index_now TEXT NOT NULL,
    index_peak TEXT NOT NULL,
    -- The trader's midnight before, and the index the day began at.
    day INTEGER NOT NULL,
    index_day TEXT NOT NULL,
    cash TEXT NOT NULL,
    -- JSON: [[coin, quantity, what one counted], …]
    held TEXT NOT NULL,
    PRIMARY KEY (book, wallet, number)
) STRICT, WITHOUT ROWID;
