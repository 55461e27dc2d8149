CREATE TABLE balances (
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    read_ms INTEGER NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (account, currency, read_ms)
) STRICT;

CREATE INDEX balances_by_age ON balances (read_ms);

CREATE TABLE channel_states (
    channel TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE duty_states (
    duty TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    updated_ms INTEGER NOT NULL,
    PRIMARY KEY (duty, name)
) STRICT;

CREATE TABLE findings (
    identity TEXT NOT NULL PRIMARY KEY,
    duty TEXT NOT NULL,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    resource TEXT NOT NULL,
    severity TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'still', 'gone')),
    frozen INTEGER NOT NULL CHECK (frozen IN (0, 1)),
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    notified_ms INTEGER,
    notified_severity TEXT,
    muted_until_ms INTEGER,
    muted_reason TEXT,
    muted_by TEXT,
    acked_ms INTEGER,
    acked_by TEXT
) STRICT;

CREATE INDEX findings_by_account ON findings (duty, account);

CREATE TABLE journal (
    run TEXT NOT NULL,
    place INTEGER NOT NULL,
    duty TEXT NOT NULL,
    token TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    step TEXT NOT NULL,
    subject TEXT NOT NULL,
    matter TEXT NOT NULL,
    waits_for TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    intended_ms INTEGER,
    mark TEXT,
    marked_ms INTEGER,
    fate TEXT CHECK (fate IN ('done', 'undone', 'refused', 'waited')),
    note TEXT,
    ended_ms INTEGER,
    PRIMARY KEY (run, place)
) STRICT;

CREATE INDEX journal_done ON journal (duty, matter, ended_ms) WHERE fate = 'done';

CREATE INDEX journal_mishaps ON journal (duty, ended_ms) WHERE fate IN ('undone', 'refused');

CREATE INDEX journal_open ON journal (run) WHERE fate IS NULL;

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE looks (
    account TEXT NOT NULL,
    place TEXT NOT NULL,
    kind TEXT NOT NULL,
    attempted_ms INTEGER NOT NULL,
    complete_ms INTEGER,
    item_count INTEGER,
    unseen_why TEXT, unseen_since_ms INTEGER,
    PRIMARY KEY (account, place, kind)
) STRICT;

CREATE TABLE "memberships" (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    machine TEXT NOT NULL,
    cluster TEXT NOT NULL,
    cluster_name TEXT NOT NULL,
    network TEXT,
    last_seen_ms INTEGER NOT NULL,
    PRIMARY KEY (account, region, machine)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    run TEXT NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    payload TEXT NOT NULL,
    summary TEXT NOT NULL,
    dedup_key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'dead')),
    attempts INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    next_attempt_ms INTEGER NOT NULL,
    lease_until_ms INTEGER,
    finished_ms INTEGER,
    last_error TEXT,
    answer TEXT
) STRICT;

CREATE INDEX outbox_by_state ON outbox (state, channel, id);

CREATE TABLE plans (
    digest TEXT NOT NULL PRIMARY KEY,
    duty TEXT NOT NULL,
    saved_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE runs (
    id TEXT NOT NULL PRIMARY KEY,
    duty TEXT NOT NULL,
    mode TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    finished_ms INTEGER,
    outcome TEXT,
    exit_codes TEXT
) STRICT;

CREATE INDEX runs_by_start ON runs (started_ms);
