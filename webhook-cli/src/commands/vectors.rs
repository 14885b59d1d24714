//! `vectors`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};
use webhook_core::provider;
use webhook_core::testing::vectors::VectorFile;

use crate::account::{Account, AccountArgs};
use crate::parse;
use crate::store::MOST_LINE_BYTES;
use crate::terminal::{Colour, Failure, Outcome, Terminal};
use crate::text::{self, Holds};

/// The most bytes of a file.
const MOST_BYTES: u64 = 256 << 20;

/// Run vector files: requests with the verdict that each must get. A store is such a file too.
///
/// A stored request has no settings of its receiver: its secret comes from the flags, the environment or a configuration. One that nobody
/// knew, or whose secret was masked when it was stored, is skipped.
#[derive(Args, Debug)]
pub struct Vectors {
    /// Vector files (`{"provider", "cases"}`), or files with a case per line
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// What the files call the settings of a provider: JSON such as `{"stripe": {"keys": "secrets", "region": null}}`, where null is
    /// what has no name here and is left out
    #[arg(long, value_name = "FILE")]
    pub names: Option<PathBuf>,
    /// For cases without settings.
    #[command(flatten)]
    pub account: AccountArgs,
}

#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    skipped: usize,
}

/// What became of a case.
enum Ran {
    Passed,
    /// What came out, and what should have.
    Failed(String, String),
    Skipped(&'static str),
}

impl Vectors {
    pub(super) fn run(self, terminal: &Terminal) -> Outcome {
        let names = match &self.names {
            Some(path) => Names::read(path)?,
            None => Names::default(),
        };
        let mut accounts = Accounts {
            args: &self.account,
            known: BTreeMap::new(),
        };
        let mut count = Count::default();
        for path in &self.files {
            run_file(path, &names, &mut accounts, &mut count, terminal)?;
        }
        let Count {
            passed,
            failed,
            skipped,
        } = count;
        let mut line = format!("{passed} passed, {failed} failed");
        if skipped > 0 {
            line.push_str(&format!(", {skipped} skipped"));
        }
        terminal.line(&line);
        let members = json!({"passed": passed, "failed": failed, "skipped": skipped});
        terminal.object("vectors", object(members));
        match failed {
            0 => Ok(()),
            _ => Err(Failure::Refused),
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// What other vector files call a setting, for each provider; none where it is left out.
#[derive(Default)]
struct Names(BTreeMap<String, BTreeMap<String, Option<String>>>);

impl Names {
    fn read(path: &Path) -> Result<Self, Failure> {
        Self::parse(&read(path)?).map_err(|why| {
            Failure::usage(format!(
                "{}: {why}: write a table of names for each provider, such as {{\"stripe\": {{\"keys\": \"secrets\"}}}}",
                path.display()
            ))
        })
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let names: BTreeMap<String, _> =
            serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let mut providers = names.keys();
        match providers.find(|name| !provider::names().any(|known| known == *name)) {
            Some(name) => Err(format!("there is no provider `{name}`")),
            None => Ok(Self(names)),
        }
    }

    /// The settings with our names.
    fn apply(&self, provider: &str, settings: &mut Map<String, Value>) {
        let names = self.0.get(provider).into_iter().flatten();
        let renamed: Vec<_> = names
            .filter_map(|(theirs, ours)| Some((ours.clone(), settings.remove(theirs)?)))
            .collect();
        for (ours, value) in renamed {
            settings.extend(ours.map(|ours| (ours, value)));
        }
    }
}

fn run_file(
    path: &Path,
    names: &Names,
    accounts: &mut Accounts<'_>,
    count: &mut Count,
    terminal: &Terminal,
) -> Outcome {
    let data = read(path)?;
    let shown = path.display().to_string();
    let mut report = |name: &str, ran: Ran| {
        tell(&shown, name, &ran, terminal);
        match ran {
            Ran::Passed => count.passed += 1,
            Ran::Failed(..) => count.failed += 1,
            Ran::Skipped(_) => count.skipped += 1,
        }
    };
    let whole = match data.len() <= parse::MOST_BYTES {
        true => serde_json::from_slice(&data).ok(),
        false => None,
    };
    if let Some(Value::Object(mut file)) = whole
        && let Some(Value::Array(cases)) = file.remove("cases")
    {
        let provider = file.remove("provider");
        for case in cases {
            let (name, ran) = run_case(case, provider.as_ref(), names, accounts)?;
            report(&name, ran);
        }
        return Ok(());
    }
    let lines = data.split(|byte| *byte == b'\n').enumerate();
    let last = data.iter().filter(|byte| **byte == b'\n').count();
    for (index, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let number = format!("line {}", index + 1);
        if line.len() > MOST_LINE_BYTES {
            report(&number, Ran::Skipped("it is too long"));
            continue;
        }
        match serde_json::from_slice::<Value>(line) {
            Ok(case) => {
                let (name, ran) = run_case(case, None, names, accounts)?;
                report(&format!("{number}, {name}"), ran);
            }
            Err(_) if index == last && index > 0 => {
                report(&number, Ran::Skipped("it was not written to its end"))
            }
            Err(error) => report(
                &number,
                Ran::Failed(error.to_string(), "a vector case".to_owned()),
            ),
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut data = Vec::new();
    let read = file.take(MOST_BYTES + 1).read_to_end(&mut data);
    read.map_err(|error| failed(&error))?;
    match data.len() as u64 > MOST_BYTES {
        true => Err(failed(&format_args!(
            "it has more than {} MiB",
            MOST_BYTES >> 20
        ))),
        false => Ok(data),
    }
}

fn tell(file: &str, name: &str, ran: &Ran, terminal: &Terminal) {
    let mut members = object(json!({"file": file, "case": name}));
    match ran {
        Ran::Passed => {}
        Ran::Failed(got, wanted) => {
            let failed = terminal.paint(Colour::Bad, "failed");
            let what = format!("got {got}, wanted {wanted}");
            terminal.line(&format!(
                "{failed}  {}: {}: {}",
                text::line(file),
                text::short(name, 200),
                text::short(&what, 2_000)
            ));
            members.insert("got".to_owned(), got.as_str().into());
            members.insert("wanted".to_owned(), wanted.as_str().into());
            terminal.object("failed", members);
        }
        Ran::Skipped(why) => {
            let skipped = terminal.paint(Colour::Faint, "skipped");
            terminal.line(&format!(
                "{skipped} {}: {}: {why}",
                text::line(file),
                text::short(name, 200)
            ));
            members.insert("why".to_owned(), (*why).into());
            terminal.object("skipped", members);
        }
    }
}

fn run_case(
    mut case: Value,
    provider: Option<&Value>,
    names: &Names,
    accounts: &mut Accounts<'_>,
) -> Result<(String, Ran), Failure> {
    let text = |case: &Value, pointer: &str| {
        case.pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let name = text(&case, "/name").unwrap_or_else(|| "a case without a name".to_owned());
    let own = text(&case, "/provider");
    let Some(provider) = own.or_else(|| provider.and_then(Value::as_str).map(str::to_owned)) else {
        return Ok((name, Ran::Skipped("nobody knew who sent it")));
    };
    if text(&case, "/expect/outcome").as_deref() == Some("unknown") {
        return Ok((name, Ran::Skipped("nobody knew who sent it")));
    }
    if !provider::names().any(|known| known == provider) {
        let got = format!("no provider `{provider}`");
        return Ok((name, Ran::Failed(got, "one that is known".to_owned())));
    }
    if let Some(Value::Object(settings)) = case.get_mut("config") {
        names.apply(&provider, settings);
        return Ok((name, run_once(provider, case)));
    }
    if is_masked(&case, &provider) {
        return Ok((
            name,
            Ran::Skipped("its secret was masked when it was stored"),
        ));
    }
    let variant = text(&case, "/variant");
    let mut last = None;
    for account in accounts.of(&provider, variant.as_deref())? {
        if let Value::Object(case) = &mut case {
            case.insert("config".to_owned(), Value::Object(account.settings));
        }
        let ran = run_once(provider.clone(), case.clone());
        if matches!(ran, Ran::Passed) {
            return Ok((name, ran));
        }
        last = Some(ran);
    }
    last.map(|ran| (name, ran)).ok_or_else(|| {
        Failure::usage(format!(
            "a request of {provider} has no settings of its receiver: give its secret by --secret-env NAME, --secret-file FILE or \
             --config FILE, or set {}",
            crate::account::variable(&provider)
        ))
    })
}

/// Whether a header that the provider proves itself by is masked.
fn is_masked(case: &Value, provider: &str) -> bool {
    let read = provider::describe(provider)
        .map(|it| it.headers)
        .unwrap_or_default();
    let masked = case.get("masked").and_then(Value::as_array);
    let mut names = masked.into_iter().flatten().filter_map(Value::as_str);
    names.any(|name| {
        (read.contains(&name) || name == "verif-hash") && text::holds(name) == Holds::Secret
    })
}

fn run_once(provider: String, case: Value) -> Ran {
    let wanted = "a vector case";
    let case = match serde_json::from_value(case) {
        Ok(case) => case,
        Err(error) => return Ran::Failed(error.to_string(), wanted.to_owned()),
    };
    let file = VectorFile {
        provider,
        cases: vec![case],
    };
    match file.run().pop() {
        None => Ran::Passed,
        Some(difference) => Ran::Failed(difference.got, difference.wanted),
    }
}

/// The accounts of the flags, read once for each provider.
struct Accounts<'a> {
    args: &'a AccountArgs,
    known: BTreeMap<String, Vec<Account>>,
}

impl Accounts<'_> {
    /// Those of the provider; where the case names one of them, this one.
    fn of(&mut self, provider: &str, variant: Option<&str>) -> Result<Vec<Account>, Failure> {
        if !self.known.contains_key(provider) {
            // A configuration may have accounts of other providers only.
            let mut accounts = match self.args.config {
                Some(_) => self.args.accounts(None)?,
                None => self.args.accounts_if_any(Some(provider))?,
            };
            accounts.retain(|account| account.provider == provider);
            self.known.insert(provider.to_owned(), accounts);
        }
        let all = self.known.get(provider).cloned().unwrap_or_default();
        let named: Vec<Account> = all
            .iter()
            .filter(|account| variant.is_some() && account.name.as_deref() == variant)
            .cloned()
            .collect();
        Ok(if named.is_empty() { all } else { named })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn case(signature: &str) -> Value {
        use webhook_core::{Settings, UnixTime};
        let settings = Settings::new(json!({"secrets": "whsec_for_tests_only"})).unwrap();
        let signer = provider::signer("stripe", &settings).unwrap();
        let request = signer
            .sign(
                br#"{"id":"evt_1","type":"x"}"#,
                UnixTime::from_secs(1_785_920_400),
            )
            .unwrap();
        let genuine = request.header("stripe-signature").unwrap().to_owned();
        let sent = if signature.is_empty() {
            genuine
        } else {
            signature.to_owned()
        };
        json!({
            "name": "one", "provider": "stripe", "now": 1_785_920_400, "expect": {"outcome": "ok", "id": "evt_1", "kind": "x"},
            "request": {
                "method": "POST", "url": "/", "headers": [["stripe-signature", sent]],
                "body_base64": "eyJpZCI6ImV2dF8xIiwidHlwZSI6IngifQ==",
            },
        })
    }

    fn run(case: Value, secret: Option<&str>) -> Result<Ran, Failure> {
        let args = AccountArgs {
            secret: secret.into_iter().map(str::to_owned).collect(),
            ..AccountArgs::default()
        };
        let mut accounts = Accounts {
            args: &args,
            known: BTreeMap::new(),
        };
        run_case(case, None, &Names::default(), &mut accounts).map(|(_, ran)| ran)
    }

    #[test]
    fn a_stored_request_is_verified_with_the_secret_of_the_flags() {
        let secret = Some("whsec_for_tests_only");
        assert!(matches!(run(case(""), secret), Ok(Ran::Passed)));
        assert!(matches!(
            run(case(""), Some("whsec_another")),
            Ok(Ran::Failed(..))
        ));
        assert!(matches!(
            run(case("t=1,v1=00"), secret),
            Ok(Ran::Failed(..))
        ));
        assert!(
            matches!(run(case(""), None), Err(Failure::Usage(text)) if text.contains("STRIPE_WEBHOOK_SECRET"))
        );
    }

    #[test]
    fn settings_of_other_names_are_read_as_ours_and_others_left_out() {
        let settings =
            json!({"keys": "whsec_for_tests_only", "region": "eu", "tolerance_seconds": 300});
        let mut named = case("");
        named
            .as_object_mut()
            .unwrap()
            .insert("config".to_owned(), settings);
        let run = |case: Value, names: &Names| {
            let args = AccountArgs::default();
            let mut accounts = Accounts {
                args: &args,
                known: BTreeMap::new(),
            };
            run_case(case, None, names, &mut accounts).map(|(_, ran)| ran)
        };
        let all = r#"{"stripe": {"keys": "secrets", "region": null, "absent": "mode"}}"#;
        let all = Names::parse(all.as_bytes()).unwrap();
        assert!(matches!(run(named.clone(), &all), Ok(Ran::Passed)));
        for missing in [
            "{}",
            r#"{"stripe": {"keys": "secrets"}}"#,
            r#"{"github": {"keys": "secrets", "region": null}}"#,
        ] {
            let names = Names::parse(missing.as_bytes()).unwrap();
            let ran = run(named.clone(), &names);
            assert!(matches!(ran, Ok(Ran::Failed(..))), "{missing}");
        }
    }

    #[test]
    fn a_table_of_names_that_cannot_be_one_is_refused() {
        for text in [
            "",
            "[]",
            r#"{"stripe": {"keys": 7}}"#,
            r#"{"stripe": "secrets"}"#,
        ] {
            assert!(Names::parse(text.as_bytes()).is_err(), "{text}");
        }
        let refused = Names::parse(br#"{"stirpe": {"keys": "secrets"}}"#).map(drop);
        assert_eq!(refused, Err("there is no provider `stirpe`".to_owned()));
    }

    #[test]
    fn what_nobody_can_verify_is_skipped() {
        let mut unknown = case("");
        *unknown.pointer_mut("/expect/outcome").unwrap() = "unknown".into();
        assert!(matches!(run(unknown, None), Ok(Ran::Skipped(_))));
        let mut masked = case("");
        *masked.pointer_mut("/provider").unwrap() = "xendit".into();
        masked
            .as_object_mut()
            .unwrap()
            .insert("masked".to_owned(), json!(["x-callback-token"]));
        assert!(matches!(run(masked, Some("x")), Ok(Ran::Skipped(_))));
    }

    #[test]
    fn the_vectors_of_a_provider_pass() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../webhook-core/tests/vectors/stripe.json"
        );
        let args = AccountArgs::default();
        let mut accounts = Accounts {
            args: &args,
            known: BTreeMap::new(),
        };
        let mut count = Count::default();
        let terminal = Terminal::new(true);
        let names = Names::default();
        run_file(
            Path::new(path),
            &names,
            &mut accounts,
            &mut count,
            &terminal,
        )
        .unwrap();
        assert_eq!(count.failed, 0);
        assert!(count.passed > 10);
    }
}
