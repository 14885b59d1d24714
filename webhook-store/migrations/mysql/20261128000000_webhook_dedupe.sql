-- What webhook-store remembers of events. One row for each event until it is forgotten.
CREATE TABLE IF NOT EXISTS webhook_dedupe (
    -- A digest of 32 bytes; what an event is told from every other by.
    `key`   BINARY(32)   NOT NULL PRIMARY KEY,
    -- The endpoint and the event's id, for people. Not unique.
    label   VARCHAR(255) NOT NULL,
    -- Whether the event is done. Otherwise it is claimed, or was.
    done    BOOLEAN      NOT NULL,
    -- A random number: tells the claims of one event from each other.
    nonce   BIGINT       NOT NULL,
    -- Greater for every later claim of the event.
    fence   BIGINT       NOT NULL,
    -- How often it was claimed.
    attempt BIGINT       NOT NULL,
    -- How long the claim holds or the event is remembered, from when that was last written. In microseconds.
    lease   BIGINT       NOT NULL,
    -- Until when the claim holds or the event is remembered as done. In microseconds since 1970, UTC.
    until   BIGINT       NOT NULL,
    -- For forgetting.
    INDEX webhook_dedupe_until (until)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
