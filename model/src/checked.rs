//! What the checker has found.

use std::fmt::Debug;
use std::hash::Hash;

use stateright::{Checker, Expectation, HasDiscoveries, Model};

/// The name of what does not hold, and the steps that lead there.
///
/// # Panics
/// If what must happen somewhere does not, though all holds: then the model does not say what it should.
pub(crate) fn fault<M>(model: &M) -> Option<(&'static str, String)>
where
    M: Model<
            State: Clone + Debug + Hash + PartialEq + Send + Sync,
            Action: Clone + Debug + PartialEq,
        > + Clone
        + Debug
        + Send
        + Sync
        + 'static,
{
    let checker = model.clone().checker();
    let checker = checker
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let discoveries = checker.discoveries();
    let properties = model.properties();
    let found = |expectation: Expectation| {
        let named = properties
            .iter()
            .filter(move |property| property.expectation == expectation);
        named.map(|property| (property.name, discoveries.get(property.name).cloned()))
    };
    for (name, path) in found(Expectation::Always) {
        if let Some(path) = path {
            let steps = path.into_actions();
            let steps: Vec<_> = steps.iter().map(|step| format!("{step:?}")).collect();
            return Some((name, steps.join(", ")));
        }
    }
    for (name, path) in found(Expectation::Sometimes) {
        assert!(path.is_some(), "{model:?}: never: {name}");
    }
    println!("{model:?}: {} states", checker.unique_state_count());
    None
}

/// One of the models must have found this.
pub(crate) fn assert_found(
    found: impl Iterator<Item = (&'static str, String)>,
    without: &str,
    wanted: &str,
) {
    let found: Vec<_> = found.collect();
    match found.iter().find(|(name, _)| *name == wanted) {
        Some((name, steps)) => println!("without {without}: {name}: {steps}"),
        None => panic!("without {without}: {found:?}"),
    }
}
