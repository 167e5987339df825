-- Movements and the trader's words about them, found without walking over orders.
CREATE INDEX facts_books ON facts (device, seq) WHERE kind >= 110 AND kind <= 119;
