-- Which machine was last seen as a node of which cluster: the best evidence there is of an orphan.
CREATE TABLE memberships (
    account TEXT COLLATE "C" NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    machine TEXT COLLATE "C" NOT NULL,
    cluster TEXT NOT NULL,
    cluster_name TEXT NOT NULL,
    network TEXT,
    last_seen_ms BIGINT NOT NULL,
    PRIMARY KEY (account, region, machine)
);

CREATE INDEX memberships_by_age ON memberships (last_seen_ms);
