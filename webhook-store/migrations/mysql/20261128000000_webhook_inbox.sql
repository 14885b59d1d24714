-- Deliveries that were acknowledged and wait for their work. All times are milliseconds since 1970, in UTC.
CREATE TABLE IF NOT EXISTS webhook_inbox (
    id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    -- What its event is remembered by: an event is here once.
    event_key  BINARY(32)  NOT NULL UNIQUE,
    -- For people who look into the table. What counts is read from the delivery, once it is verified again.
    endpoint   LONGTEXT    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    event      LONGTEXT    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    kind       LONGTEXT    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    -- Rows with the same are worked on one after the other.
    order_key  BINARY(32),
    stored_at  BIGINT      NOT NULL,
    -- A StoredDelivery as JSON.
    delivery   LONGTEXT    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    -- `new`, `waiting` for an earlier one of its order, `working`, `done` or `dead`.
    state      VARCHAR(7)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- When it may be worked on; of one that is worked on: when somebody else may take it; of one that is done or dead: since when.
    run_at     BIGINT      NOT NULL,
    -- How often it was begun since it was new.
    attempts   INT         NOT NULL DEFAULT 0,
    -- How often it was begun at all. Who has begun it last may say how it ended.
    fence      BIGINT      NOT NULL DEFAULT 0,
    -- How often its worker was gone before it ended, since it last ended: the reason may be this delivery.
    lost       INT         NOT NULL DEFAULT 0,
    last_error LONGTEXT    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    -- For the indexes: each holds only the rows that it is asked for.
    due_at     BIGINT      GENERATED ALWAYS AS (CASE WHEN state = 'new' AND lost = 0 THEN run_at END) STORED,
    lost_at    BIGINT      GENERATED ALWAYS AS (CASE WHEN state = 'working' OR state = 'new' AND lost > 0 THEN run_at END) STORED,
    over_at    BIGINT      GENERATED ALWAYS AS (CASE WHEN state = 'done' THEN run_at END) STORED,
    queue_key  BINARY(32)  GENERATED ALWAYS AS (CASE WHEN state IN ('new', 'waiting', 'working') THEN order_key END) STORED,
    INDEX webhook_inbox_due (due_at, id),
    INDEX webhook_inbox_lost (lost_at, id),
    INDEX webhook_inbox_over (over_at),
    INDEX webhook_inbox_order (queue_key, state, id)
) ENGINE = InnoDB;

-- Who writes to an order holds the row of its number until the transaction ends.
CREATE TABLE IF NOT EXISTS webhook_inbox_order (
    number INT NOT NULL PRIMARY KEY
) ENGINE = InnoDB;
