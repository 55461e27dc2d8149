-- Since when a scope has not been seen, for the reason that is written down: a list that is suddenly
-- empty is believed after a while, and a while is not two looks in a row.
ALTER TABLE looks ADD COLUMN unseen_since_ms BIGINT;
