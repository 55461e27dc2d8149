-- Which machine was last seen as a node of which cluster: the best evidence there is of an orphan.
CREATE TABLE memberships (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    machine TEXT NOT NULL,
    cluster TEXT NOT NULL,
    cluster_name TEXT NOT NULL,
    network TEXT,
    last_seen_ms INTEGER NOT NULL,
    PRIMARY KEY (account, region, machine)
) STRICT;

CREATE INDEX memberships_by_age ON memberships (last_seen_ms);
