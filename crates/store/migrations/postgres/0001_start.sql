-- Instants are milliseconds since 1970 in columns that end in _ms; text that is JSON carries its own version.
-- Key columns collate as bytes, so that both engines sort alike.

CREATE TABLE runs (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    duty TEXT COLLATE "C" NOT NULL,
    mode TEXT NOT NULL,
    started_ms BIGINT NOT NULL,
    finished_ms BIGINT,
    outcome TEXT,
    exit_codes TEXT
);

CREATE INDEX runs_by_start ON runs (started_ms);

CREATE TABLE looks (
    account TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    attempted_ms BIGINT NOT NULL,
    complete_ms BIGINT,
    item_count BIGINT,
    unseen_why TEXT,
    PRIMARY KEY (account, place, kind)
);

CREATE TABLE balances (
    account TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    read_ms BIGINT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (account, currency, read_ms)
);

CREATE INDEX balances_by_age ON balances (read_ms);

-- identity is a digest of duty, kind, account and resource: a cloud's id may be longer than an index entry.
CREATE TABLE findings (
    identity TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    duty TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    severity TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'still', 'gone')),
    frozen BIGINT NOT NULL CHECK (frozen IN (0, 1)),
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL,
    notified_ms BIGINT,
    notified_severity TEXT,
    muted_until_ms BIGINT,
    muted_reason TEXT,
    muted_by TEXT,
    acked_ms BIGINT,
    acked_by TEXT
);

CREATE INDEX findings_by_account ON findings (duty, account);

-- Ids are never used twice, so that a late answer cannot touch another part.
CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel TEXT COLLATE "C" NOT NULL,
    run TEXT COLLATE "C" NOT NULL,
    part BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    payload TEXT NOT NULL,
    summary TEXT NOT NULL,
    dedup_key TEXT COLLATE "C" NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'dead')),
    attempts BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    next_attempt_ms BIGINT NOT NULL,
    lease_until_ms BIGINT,
    finished_ms BIGINT,
    last_error TEXT,
    answer TEXT
);

CREATE INDEX outbox_by_state ON outbox (state, channel, id);

CREATE TABLE channel_states (
    channel TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    updated_ms BIGINT NOT NULL
);

CREATE TABLE leases (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until_ms BIGINT NOT NULL
);

CREATE TABLE duty_states (
    duty TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (duty, name)
);
