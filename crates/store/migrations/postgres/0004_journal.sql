-- What a run is to do, and how far each of its jobs is: the intention before the call, what was made,
-- and the end. The matter is a digest of account, region, step and subject: a subject may be longer
-- than an index entry.
CREATE TABLE journal (
    run TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    duty TEXT COLLATE "C" NOT NULL,
    token TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    step TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    matter TEXT COLLATE "C" NOT NULL,
    waits_for TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    intended_ms BIGINT,
    mark TEXT,
    marked_ms BIGINT,
    fate TEXT CHECK (fate IN ('done', 'undone', 'refused', 'waited')),
    note TEXT,
    ended_ms BIGINT,
    PRIMARY KEY (run, place)
);

CREATE INDEX journal_open ON journal (run) WHERE fate IS NULL;

CREATE INDEX journal_mishaps ON journal (duty, ended_ms) WHERE fate IN ('undone', 'refused');

CREATE INDEX journal_done ON journal (duty, matter, ended_ms) WHERE fate = 'done';

-- Plans that were saved in a file, and for which this store vouches.
CREATE TABLE plans (
    digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    duty TEXT COLLATE "C" NOT NULL,
    saved_ms BIGINT NOT NULL
);
