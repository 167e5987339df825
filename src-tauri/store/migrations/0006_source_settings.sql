-- What a person set for a source, as JSON by the setting's name. Secrets are in the system's keyring, never here.
ALTER TABLE sources ADD COLUMN settings TEXT;

-- How far its clock is ahead of ours, by the last replies.
ALTER TABLE sources ADD COLUMN skew_ms INTEGER;

-- Runs summed by the hour, so that the figures of a month don't walk over a month of runs.
CREATE TABLE run_hours (
    source TEXT NOT NULL,
    hour INTEGER NOT NULL,
    runs INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    partial INTEGER NOT NULL,
    new INTEGER NOT NULL,
    revised INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    PRIMARY KEY (source, hour)
) STRICT, WITHOUT ROWID;

INSERT INTO run_hours
SELECT source, started / 3600000000, count(*), sum(status = 'failed'), sum(status = 'partial'), sum(new), sum(revised),
    sum(duplicate), sum(rejected)
FROM runs GROUP BY 1, 2;

-- By triggers, so that whoever writes a run, and however often, the sums are those of the runs.
CREATE TRIGGER runs_added AFTER INSERT ON runs BEGIN
    INSERT INTO run_hours VALUES (NEW.source, NEW.started / 3600000000, 1, NEW.status = 'failed',
        NEW.status = 'partial', NEW.new, NEW.revised, NEW.duplicate, NEW.rejected)
    ON CONFLICT (source, hour) DO UPDATE SET runs = runs + 1, failed = failed + excluded.failed,
        partial = partial + excluded.partial, new = new + excluded.new, revised = revised + excluded.revised,
        duplicate = duplicate + excluded.duplicate, rejected = rejected + excluded.rejected;
END;

CREATE TRIGGER runs_changed AFTER UPDATE OF status, new, revised, duplicate, rejected ON runs BEGIN
    UPDATE run_hours SET failed = failed + (NEW.status = 'failed') - (OLD.status = 'failed'),
        partial = partial + (NEW.status = 'partial') - (OLD.status = 'partial'), new = new + NEW.new - OLD.new,
        revised = revised + NEW.revised - OLD.revised, duplicate = duplicate + NEW.duplicate - OLD.duplicate,
        rejected = rejected + NEW.rejected - OLD.rejected
    WHERE source = NEW.source AND hour = NEW.started / 3600000000;
END;
