//! `--forward-to URL --for KIND`: which kinds belong to which address is told by the order of the flags.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

use crate::forward::{Kinds, Reach, Route, address};
use crate::terminal::Failure;

const FORWARD_TO: &str = "forward-to";
const FOR: &str = "for";

/// The addresses to forward to, each with its kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteArgs {
    /// In the order in which they were written.
    pub routes: Vec<Written>,
}

/// An address as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The address.
    pub to: String,
    /// The kinds that are forwarded to it.
    pub kinds: Kinds,
}

impl RouteArgs {
    /// The addresses, if they lead no further than that.
    ///
    /// # Errors
    /// If one is no address, or leads further.
    pub fn routes(&self, reach: Reach) -> Result<Vec<Route>, Failure> {
        let read = |written: &Written| {
            let to = address(&written.to, reach)
                .map_err(|error| Failure::usage(format!("--forward-to: {error}")))?;
            let kinds = written.kinds.clone();
            Ok(Route { to, kinds })
        };
        self.routes.iter().map(read).collect()
    }
}

impl Args for RouteArgs {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new(FORWARD_TO)
                    .long(FORWARD_TO)
                    .short('f')
                    .value_name("URL")
                    .action(ArgAction::Append)
                    .help("Forward to this address, such as `localhost:3000/webhooks`; may be repeated. The first one that a request is for answers the sender. An address without a path takes the path of the request; the queries are joined"),
            )
            .arg(
                Arg::new(FOR)
                    .long(FOR)
                    .value_name("KIND,KIND")
                    .action(ArgAction::Append)
                    .help("Forward only these kinds to the `--forward-to` before it; `charge.*` means all that begin so"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for RouteArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let addresses = written(matches, FORWARD_TO);
        let mut routes: Vec<Written> = addresses
            .iter()
            .map(|(_, to)| Written {
                to: (*to).clone(),
                kinds: Kinds::default(),
            })
            .collect();
        for (at, kinds) in written(matches, FOR) {
            let before = addresses.iter().filter(|(other, _)| *other < at).count();
            let route = before.checked_sub(1).and_then(|last| routes.get_mut(last));
            let route = route.ok_or_else(for_before_forward)?;
            route.kinds = std::mem::take(&mut route.kinds).and(Kinds::of(kinds));
        }
        Ok(Self { routes })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The values of a flag, each with its place among all that was written.
fn written<'a>(matches: &'a ArgMatches, name: &str) -> Vec<(usize, &'a String)> {
    let places = matches.indices_of(name).into_iter().flatten();
    let values = matches.get_many::<String>(name).into_iter().flatten();
    places.zip(values).collect()
}

fn for_before_forward() -> Error {
    let mut error = Error::new(ErrorKind::MissingRequiredArgument);
    let missing = ContextValue::Strings(vec!["--forward-to <URL> before --for".to_owned()]);
    error.insert(ContextKind::InvalidArg, missing);
    error
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        routes: RouteArgs,
    }

    fn read(words: &str) -> Result<Vec<Written>, Error> {
        let words = std::iter::once("program").chain(words.split_whitespace());
        Program::try_parse_from(words).map(|program| program.routes.routes)
    }

    #[test]
    fn kinds_belong_to_the_address_before_them() {
        let routes = read("-f 1 --for a,b --for c --forward-to=2 -f 3 --for d.*").unwrap();
        let kinds: Vec<_> = routes.iter().map(|route| route.kinds.clone()).collect();
        assert_eq!(
            kinds,
            [Kinds::of("a,b,c"), Kinds::default(), Kinds::of("d.*")]
        );
        assert_eq!(routes[1].to, "2");
    }

    #[test]
    fn kinds_before_any_address_are_refused() {
        let refused = read("--for a -f 1").unwrap_err().to_string();
        assert!(
            refused.contains("--forward-to <URL> before --for"),
            "{refused}"
        );
        assert_eq!(read("").unwrap(), []);
    }
}
