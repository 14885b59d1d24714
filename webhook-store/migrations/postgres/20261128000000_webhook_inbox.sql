-- Deliveries that were acknowledged and wait for their work.
CREATE TABLE IF NOT EXISTS webhook_inbox (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- What its event is remembered by: an event is here once.
    key        bytea       NOT NULL UNIQUE,
    -- For people who look into the table. What counts is read from the delivery, once it is verified again.
    endpoint   text,
    event      text,
    kind       text,
    -- Rows with the same are worked on one after the other.
    order_key  bytea,
    stored_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- A StoredDelivery as JSON.
    delivery   text        NOT NULL,
    -- `waiting`: for an earlier one of its order.
    state      text        NOT NULL CHECK (state IN ('new', 'waiting', 'working', 'done', 'dead')),
    -- When it may be worked on; of one that is worked on: when somebody else may take it; of one that is done or dead: since when.
    run_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- How often it was begun since it was new.
    attempts   integer     NOT NULL DEFAULT 0,
    -- How often it was begun at all. Who has begun it last may say how it ended.
    fence      bigint      NOT NULL DEFAULT 0,
    -- How often its worker was gone before it ended, since it last ended: the reason may be this delivery.
    lost       integer     NOT NULL DEFAULT 0,
    last_error text
-- Each row is written three times: what is left of that goes away soon.
) WITH (autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX IF NOT EXISTS webhook_inbox_due ON webhook_inbox (run_at, id) WHERE state = 'new' AND lost = 0;
CREATE INDEX IF NOT EXISTS webhook_inbox_lost ON webhook_inbox (run_at, id) WHERE state = 'working' OR state = 'new' AND lost > 0;
CREATE INDEX IF NOT EXISTS webhook_inbox_over ON webhook_inbox (run_at) WHERE state IN ('done', 'dead');
-- Of each order: who waits, and who goes before them.
CREATE INDEX IF NOT EXISTS webhook_inbox_waiting ON webhook_inbox (order_key, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS webhook_inbox_ahead ON webhook_inbox (order_key) WHERE order_key IS NOT NULL AND state IN ('new', 'working');
