//! Whose clock counts.

/// The parts of the stores that are not their tests.
const STORES: [(&str, &str); 4] = [
    ("memory", include_str!("../../src/memory.rs")),
    ("sqlite", include_str!("../../src/sqlite.rs")),
    ("postgres", include_str!("../../src/postgres.rs")),
    ("redis", include_str!("../../src/redis.rs")),
];

#[test]
fn no_store_asks_the_machine_what_time_it_is() {
    for (name, source) in STORES {
        for clock in [
            "SystemTime",
            "UNIX_EPOCH",
            "UnixTime",
            "chrono::",
            "OffsetDateTime",
        ] {
            assert!(!source.contains(clock), "{name}: {clock}");
        }
        // Elapsed time, which does not step.
        assert_eq!(source.contains("Instant::now"), name == "memory", "{name}");
    }
}

#[test]
fn servers_add_lengths_of_time_to_their_own_clocks() {
    for (name, clock, lengths) in [
        (
            "sqlite",
            "unixepoch('subsec')",
            &[".bind(millis(lease))", ".bind(millis(until))"][..],
        ),
        (
            "postgres",
            "clock_timestamp()",
            &[".bind(interval(lease))", ".bind(interval(until))"],
        ),
        (
            "redis",
            "redis.call('TIME')",
            &[".arg(millis(lease))", ".arg(millis(until))"],
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
