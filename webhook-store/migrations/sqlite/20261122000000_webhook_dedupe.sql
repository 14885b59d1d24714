-- What webhook-store remembers of events. One row for each event until it is forgotten. The rows stand in the order in which
-- they came, so that an event is claimed and completed in the same page; by key they would all be in different ones.
CREATE TABLE IF NOT EXISTS webhook_dedupe (
    -- A digest of 32 bytes; what an event is told from every other by.
    key      BLOB    NOT NULL UNIQUE,
    -- The endpoint and the event's id, for people. Not unique.
    label    TEXT    NOT NULL,
    -- Whether the event is done (1). Otherwise it is claimed, or was (0).
    done     INTEGER NOT NULL,
    -- A random number: tells the claims of one event from each other.
    nonce    INTEGER NOT NULL,
    -- Greater for every later claim of the event.
    fence    INTEGER NOT NULL,
    -- How often it was claimed.
    attempt  INTEGER NOT NULL,
    -- How long the claim holds or the event is remembered, from when that was last written, in milliseconds.
    lease    INTEGER NOT NULL,
    -- Until when the claim holds or the event is remembered as done, in milliseconds since 1970.
    until    INTEGER NOT NULL
) STRICT;

-- For forgetting.
CREATE INDEX IF NOT EXISTS webhook_dedupe_until ON webhook_dedupe (until);
