-- What was tried on prices of the past is read whole at every count of it.
CREATE INDEX facts_trials ON facts (device, seq) WHERE kind = 102;
