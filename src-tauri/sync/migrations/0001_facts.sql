-- Oh My Coins on the trader's own Postgres, part 1: facts and who may touch them.
-- Run by `omc sync init`, or by hand: psql -v ON_ERROR_STOP=1 -1 -f 0001_facts.sql
--
-- Every key begins with the trader and the device; there are no serials. Roles: omc_app adds facts and reads them, omc_analyst
-- reads; neither changes or removes a fact, or makes anything. A login gets at a trader's rows when omc.members says so.

CREATE SCHEMA omc;
REVOKE ALL ON SCHEMA omc FROM PUBLIC;

DO $$ BEGIN
    -- Roles are of the whole cluster: another database may have them, or be making them now.
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'omc_app') THEN
        BEGIN
            CREATE ROLE omc_app NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'omc_analyst') THEN
        BEGIN
            CREATE ROLE omc_analyst NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'omc_app', 'MEMBER') THEN
        EXECUTE format('GRANT omc_app TO %I', current_user);
    END IF;
END $$;

CREATE TABLE omc.versions (
    version integer PRIMARY KEY,
    made_at timestamptz NOT NULL DEFAULT now()
);

-- Which login belongs to which trader. Only the schema's owner writes here.
CREATE TABLE omc.members (
    trader bytea NOT NULL CHECK (octet_length(trader) = 16),
    login name NOT NULL,
    PRIMARY KEY (trader, login)
);

CREATE TABLE omc.devices (
    trader bytea NOT NULL CHECK (octet_length(trader) = 16),
    device bytea NOT NULL CHECK (octet_length(device) = 16),
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (trader, device)
);

-- A device's public key, and the trader's signature under it.
CREATE TABLE omc.device_keys (
    trader bytea NOT NULL,
    device bytea NOT NULL,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    certificate bytea NOT NULL CHECK (octet_length(certificate) = 64),
    PRIMARY KEY (trader, device),
    FOREIGN KEY (trader, device) REFERENCES omc.devices
);

CREATE TABLE omc.facts (
    trader bytea NOT NULL,
    device bytea NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    recorded_at bigint NOT NULL, -- microseconds since 1970, by the device's clock
    kind integer NOT NULL CHECK (kind BETWEEN 0 AND 65535),
    body bytea NOT NULL CHECK (octet_length(body) <= 16777216),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (trader, device, seq),
    FOREIGN KEY (trader, device) REFERENCES omc.devices
);

-- Where each device says its chain ends, signed. Rewritten as it goes on.
CREATE TABLE omc.heads (
    trader bytea NOT NULL,
    device bytea NOT NULL,
    seq bigint NOT NULL,
    body bytea NOT NULL CHECK (octet_length(body) <= 1048576),
    signature bytea NOT NULL CHECK (octet_length(signature) = 64),
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (trader, device),
    FOREIGN KEY (trader, device) REFERENCES omc.devices
);

-- The same at every thousandth fact, kept: a reader proves a long chain in parts.
CREATE TABLE omc.checkpoints (
    trader bytea NOT NULL,
    device bytea NOT NULL,
    seq bigint NOT NULL,
    body bytea NOT NULL CHECK (octet_length(body) <= 1048576),
    signature bytea NOT NULL CHECK (octet_length(signature) = 64),
    PRIMARY KEY (trader, device, seq),
    FOREIGN KEY (trader, device) REFERENCES omc.devices
);

-- The trader that is asked for, if this login belongs to it.
CREATE FUNCTION omc.current_trader() RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT m.trader FROM omc.members m
        WHERE m.login = session_user
          AND m.trader = decode(nullif(current_setting('omc.trader', true), ''), 'hex')
    $$;

-- The traders this login belongs to.
CREATE FUNCTION omc.my_traders() RETURNS SETOF bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT m.trader FROM omc.members m WHERE m.login = session_user ORDER BY m.trader $$;

REVOKE ALL ON FUNCTION omc.current_trader(), omc.my_traders() FROM PUBLIC;

DO $$
DECLARE of_traders text;
BEGIN
    FOREACH of_traders IN ARRAY ARRAY['devices', 'device_keys', 'facts', 'heads', 'checkpoints'] LOOP
        EXECUTE format('ALTER TABLE omc.%I ENABLE ROW LEVEL SECURITY', of_traders);
        EXECUTE format('ALTER TABLE omc.%I FORCE ROW LEVEL SECURITY', of_traders);
        EXECUTE format(
            'CREATE POLICY own_rows ON omc.%I USING (trader = (SELECT omc.current_trader())) '
            'WITH CHECK (trader = (SELECT omc.current_trader()))', of_traders);
        EXECUTE format('GRANT SELECT, INSERT ON omc.%I TO omc_app', of_traders);
        EXECUTE format('GRANT SELECT ON omc.%I TO omc_analyst', of_traders);
    END LOOP;
END $$;

GRANT UPDATE (seq, body, signature, written_at) ON omc.heads TO omc_app;
GRANT USAGE ON SCHEMA omc TO omc_app, omc_analyst;
GRANT SELECT ON omc.versions TO omc_app, omc_analyst;
GRANT EXECUTE ON FUNCTION omc.current_trader(), omc.my_traders() TO omc_app, omc_analyst;

INSERT INTO omc.versions (version) VALUES (1);
