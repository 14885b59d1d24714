//! What no input may bring about, for a number of inputs: the fuzz targets where there is no fuzzer.

use webhook_fuzz::mutate::Random;
use webhook_fuzz::{Fared, TARGETS, Target, places};

const INPUTS: usize = 10_000;

fn target(name: &str) -> &'static Target {
    let mut targets = TARGETS.iter();
    targets.find(|target| target.name == name).unwrap()
}

/// The seeds, then inputs that are made of them: the same each time.
fn run(name: &str) {
    let target = target(name);
    let seeds = (target.seeds)();
    for seed in &seeds {
        (target.run)(seed);
    }
    let mut random = Random::new(0x5eed);
    for _ in 0..INPUTS {
        (target.run)(&random.input(&seeds));
    }
}

#[test]
fn no_headers_make_a_scheme_accept_what_nobody_signed() {
    run("header_grammar");
}

#[test]
fn no_head_and_no_body_make_a_provider_accept_what_nobody_signed() {
    run("providers");
}

#[test]
fn no_signed_body_breaks_a_reader() {
    run("events");
}

#[test]
fn the_quick_reader_and_serde_json_are_of_one_mind() {
    run("json");
}

#[test]
fn no_certificate_key_or_token_breaks_a_verifier() {
    run("keys");
}

#[test]
fn no_form_and_no_xml_break_braintree() {
    run("braintree");
}

#[test]
fn the_engine_and_the_reference_are_of_one_mind() {
    run("differential");
}

#[test]
fn what_is_pasted_is_read_again_as_it_was() {
    run("parse");
}

#[test]
fn no_text_breaks_a_parser_of_requests() {
    run("parsers");
}

/// Twenty-four schemes: each use of a place with each place.
#[test]
fn the_engine_and_the_reference_look_at_the_same_places() {
    let fared = places::compare(1_000);
    assert!(fared.iter().all(|count| *count > 500), "{fared:?}");
}

#[test]
fn the_seeds_of_every_target_reach_what_is_accepted_and_what_is_refused() {
    for target in TARGETS {
        let fared = (target.seeds)()
            .iter()
            .map(|seed| (target.run)(seed))
            .collect::<Vec<_>>();
        assert!(fared.contains(&Fared::Accepted), "{}", target.name);
        assert!(fared.contains(&Fared::Refused), "{}", target.name);
    }
}

#[test]
fn every_target_has_a_binary_of_its_name() {
    let manifest = include_str!("../Cargo.toml");
    let lines = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/"));
    let binaries: Vec<&str> = lines
        .filter_map(|line| line.strip_suffix(".rs\""))
        .collect();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(binaries, names);
}
