-- Deliveries that were acknowledged and wait for their work. All times are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS webhook_inbox (
    id INTEGER PRIMARY KEY,
    -- What its event is remembered by: an event is here once.
    key BLOB NOT NULL UNIQUE,
    -- For people who look into the table. What counts is read from the delivery, once it is verified again.
    endpoint TEXT,
    event TEXT,
    kind TEXT,
    -- Rows with the same are worked on one after the other.
    order_key BLOB,
    stored_at INTEGER NOT NULL,
    -- A StoredDelivery as JSON.
    delivery TEXT NOT NULL,
    -- `waiting`: for an earlier one of its order.
    state TEXT NOT NULL CHECK (state IN ('new', 'waiting', 'working', 'done', 'dead')),
    -- When it may be worked on; of one that is worked on: when somebody else may take it; of one that is done or dead: since when.
    run_at INTEGER NOT NULL,
    -- How often it was begun since it was new.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- How often it was begun at all. Who has begun it last may say how it ended.
    fence INTEGER NOT NULL DEFAULT 0,
    -- How often its worker was gone before it ended, since it last ended: the reason may be this delivery.
    lost INTEGER NOT NULL DEFAULT 0,
    last_error TEXT
);
CREATE INDEX IF NOT EXISTS webhook_inbox_due ON webhook_inbox (run_at) WHERE state = 'new' AND lost = 0;
CREATE INDEX IF NOT EXISTS webhook_inbox_lost ON webhook_inbox (run_at) WHERE state = 'working' OR state = 'new' AND lost > 0;
CREATE INDEX IF NOT EXISTS webhook_inbox_over ON webhook_inbox (run_at) WHERE state IN ('done', 'dead');
-- Of each order: who waits, and who goes before them.
CREATE INDEX IF NOT EXISTS webhook_inbox_waiting ON webhook_inbox (order_key, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS webhook_inbox_ahead ON webhook_inbox (order_key) WHERE order_key IS NOT NULL AND state IN ('new', 'working');
