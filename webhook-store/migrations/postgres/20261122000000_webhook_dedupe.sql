-- What webhook-store remembers of events. One row for each event until it is forgotten.
CREATE TABLE IF NOT EXISTS webhook_dedupe (
    -- A digest of 32 bytes; what an event is told from every other by.
    key      bytea       PRIMARY KEY,
    -- The endpoint and the event's id, for people. Not unique.
    label    text        NOT NULL,
    -- Whether the event is done. Otherwise it is claimed, or was.
    done     boolean     NOT NULL,
    -- A random number: tells the claims of one event from each other.
    nonce    bigint      NOT NULL,
    -- Greater for every later claim of the event.
    fence    bigint      NOT NULL,
    -- How often it was claimed.
    attempt  integer     NOT NULL,
    -- How long the claim holds or the event is remembered, from when that was last written.
    lease    interval    NOT NULL,
    -- Until when the claim holds or the event is remembered as done.
    until    timestamptz NOT NULL
);

-- For forgetting.
CREATE INDEX IF NOT EXISTS webhook_dedupe_until ON webhook_dedupe (until);
