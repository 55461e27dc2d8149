-- What a run is to do, and how far each of its jobs is: the intention before the call, what was made,
-- and the end. The matter is a digest of account, region, step and subject: a subject may be longer
-- than an index entry.
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

CREATE INDEX journal_open ON journal (run) WHERE fate IS NULL;

CREATE INDEX journal_mishaps ON journal (duty, ended_ms) WHERE fate IN ('undone', 'refused');

CREATE INDEX journal_done ON journal (duty, matter, ended_ms) WHERE fate = 'done';

-- Plans that were saved in a file, and for which this store vouches.
CREATE TABLE plans (
    digest TEXT NOT NULL PRIMARY KEY,
    duty TEXT NOT NULL,
    saved_ms INTEGER NOT NULL
) STRICT;
