//! Whose clock counts.

/// The parts of the stores that are not their tests.
const STORES: [(&str, &str); 5] = [
    ("memory", include_str!("../../src/memory.rs")),
    (
        "sqlite",
        concat!(
            include_str!("../../src/sqlite/steps.rs"),
            include_str!("../../src/sqlite/store.rs"),
            include_str!("../../src/sqlite/writer.rs"),
        ),
    ),
    ("postgres", include_str!("../../src/postgres.rs")),
    (
        "mysql",
        concat!(
            include_str!("../../src/mysql.rs"),
            include_str!("../../src/mysql/database.rs"),
        ),
    ),
    ("redis", include_str!("../../src/redis.rs")),
];

/// The only place that reads the machine's clock: that of SQLite is the same one, and can be set.
const CLOCK_OF_SQLITE: &str = include_str!("../../src/sqlite/clock.rs");

#[test]
fn no_store_asks_the_machine_what_time_it_is_unless_it_has_no_other_clock() {
    for (name, source) in STORES {
        for clock in [
            "SystemTime",
            "UNIX_EPOCH",
            "UnixTime",
            "chrono::",
            "OffsetDateTime",
            "unixepoch",
        ] {
            assert!(!source.contains(clock), "{name}: {clock}");
        }
    }
    assert!(CLOCK_OF_SQLITE.contains("SystemTime::now"));
}

#[test]
fn servers_add_lengths_of_time_to_their_own_clocks() {
    for (name, clock, lengths) in [
        (
            "postgres",
            "clock_timestamp()",
            &[".bind(interval(lease))", ".bind(interval(length))"],
        ),
        (
            "mysql",
            "UTC_TIMESTAMP(6)",
            &["micros(lease)", "micros(length)"],
        ),
        (
            "redis",
            "redis.call('TIME')",
            &[".arg(millis(lease))", ".arg(millis(length))"],
        ),
    ] {
        let (_, source) = STORES.iter().find(|(store, _)| *store == name).unwrap();
        assert!(source.contains(clock), "{name}");
        for length in lengths {
            assert!(source.contains(length), "{name}: {length}");
        }
        // Of a transaction, which may have begun long ago.
        for frozen in ["now()", "CURRENT_TIMESTAMP"] {
            assert!(!source.contains(frozen), "{name}: {frozen}");
        }
    }
}
