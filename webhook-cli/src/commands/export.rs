//! `export`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use webhook_core::provider;

use crate::account;
use crate::parse::url;
use crate::request::Request;
use crate::store::{StoreArgs, Stored};
use crate::terminal::{Failure, Outcome, Terminal};
use crate::text;
use crate::write::{self, RustOptions};

/// Print a stored request as something else.
///
/// `vector` and `rust-test` hold the signature, since nothing could be verified without it; it is no secret once its time is over. `curl` and
/// `http` mask it unless --with-signatures is said. A header that holds the secret itself (tokens, `authorization`, cookies) was masked when
/// the request was stored, and is so in every form.
#[derive(Args, Debug)]
pub struct Export {
    /// Its number, as `list` prints it
    #[arg(value_name = "ID")]
    pub id: u64,
    /// As what
    #[arg(long = "as", value_name = "FORM", value_enum)]
    pub form: Form,
    /// Write files into this folder, instead of printing
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where the curl command sends it; a URL without a path gets that of the request
    #[arg(long, value_name = "URL", default_value = "http://localhost:3000")]
    pub to: String,
    /// Leave signatures as they are in curl and http
    #[arg(long)]
    pub with_signatures: bool,
    /// The Rust test reads the secret from this environment variable
    #[arg(long, value_name = "NAME")]
    pub secret_env: Option<String>,
    /// A secret for tests, which is written into the file of the Rust test
    #[arg(long, value_name = "SECRET", conflicts_with = "secret_env")]
    pub secret: Option<String>,
    /// A setting of the provider that is written into the file of the Rust test; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub setting: Vec<String>,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// What a request is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A test in Rust, and its vector file beside it
    RustTest,
    /// A case of the vector format
    Vector,
    /// A curl command for a POSIX shell
    Curl,
    /// Raw HTTP, byte for byte
    Http,
}

/// A file's name and what is in it.
type Files = Vec<(String, Vec<u8>)>;

impl Export {
    pub(super) fn run(self, terminal: &Terminal) -> Outcome {
        let stored = self.store.one(self.id, terminal)?;
        let files = self.files(&stored, terminal)?;
        match &self.out {
            Some(folder) => save(folder, &files, terminal),
            None => print(&files, terminal),
        }
    }

    fn files(&self, stored: &Stored, terminal: &Terminal) -> Result<Files, Failure> {
        let name = format!("capture-{}", stored.capture.id);
        Ok(match self.form {
            Form::Http => {
                let request = self.request(stored, terminal);
                vec![(format!("{name}.http"), write::http(&request))]
            }
            Form::Curl => {
                let request = self.request(stored, terminal);
                let command = write::curl(&request, &with_path(&self.to, &request.target));
                vec![(format!("{name}.sh"), format!("{command}\n").into_bytes())]
            }
            Form::Vector => {
                let case = write::vector(&stored.capture);
                vec![(
                    format!("{name}.json"),
                    text::json(&format!("{case:#}\n")).into_owned().into_bytes(),
                )]
            }
            Form::RustTest => {
                let test = write::rust_with(&stored.capture, &self.options(stored)?);
                vec![
                    (format!("{}.rs", test.name), test.rs.into_bytes()),
                    (format!("{}.json", test.name), test.json.into_bytes()),
                ]
            }
        })
    }

    /// What is masked is said: a request that is sent so is refused.
    fn request(&self, stored: &Stored, terminal: &Terminal) -> Request {
        let request = stored.capture.request.clone();
        let provider = stored.capture.verdict.provider.as_deref();
        let masked = match self.with_signatures {
            true => write::without_secrets_of(provider, request),
            false => write::without_signatures_of(provider, request),
        };
        if !masked.names.is_empty() {
            let names = text::short(&masked.names.join(", "), 200);
            let how = match self.with_signatures {
                true => "",
                false => "; --with-signatures leaves signatures as they are",
            };
            terminal.say(&format!("masked: {names}{how}"));
        }
        masked.request
    }

    fn options(&self, stored: &Stored) -> Result<RustOptions, Failure> {
        let verdict = &stored.capture.verdict;
        let name = match verdict.provider.as_deref() {
            Some(name) if verdict.code != "unknown" => name,
            _ => {
                return Err(Failure::usage(
                    "a test needs a verdict, and nobody knew who sent this request: `listen` with the secret of the sender stores it with one",
                ));
            }
        };
        let mut config = match &stored.config {
            Some(Value::Object(config)) => config.clone(),
            _ => Map::new(),
        };
        for setting in &self.setting {
            let (name, value) = setting
                .split_once('=')
                .ok_or_else(|| Failure::usage("--setting wants NAME=VALUE"))?;
            let value =
                serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
            config.insert(name.to_owned(), value);
        }
        if let Some(secret) = &self.secret {
            if ["sk_live", "live_"]
                .iter()
                .any(|mark| secret.contains(mark))
            {
                return Err(Failure::usage(
                    "--secret looks like one for real payments, and would be written into a file: give --secret-env NAME",
                ));
            }
            let key = account::keys_of(name)?;
            config.insert(key.to_owned(), json!([secret]));
        }
        require_settings(name, &config)?;
        Ok(RustOptions {
            config,
            secret_env: self.secret_env.clone(),
        })
    }
}

/// What no variable gives must be in the file.
fn require_settings(name: &str, config: &Map<String, Value>) -> Result<(), Failure> {
    let key = account::keys_of(name).ok();
    let settings = provider::describe(name)?.settings.into_iter();
    let missing: Vec<&str> = settings
        .filter(|it| it.is_required && Some(it.name) != key && !config.contains_key(it.name))
        .map(|it| it.name)
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failure::usage(format!(
            "{name} needs more settings to verify the request: give --setting NAME=VALUE for {}",
            missing.join(", ")
        ))),
    }
}

/// The URL, with the path and the query of the request where it has none.
fn with_path(url: &str, target: &str) -> String {
    let (_, path) = url::split(url);
    match path == "/" {
        true => format!("{}{target}", url.trim_end_matches('/')),
        false => url.to_owned(),
    }
}

fn save(folder: &Path, files: &Files, terminal: &Terminal) -> Outcome {
    let failed = |path: &Path, error: std::io::Error| {
        Failure::usage(format!("--out {}: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, data) in files {
        let path = folder.join(name);
        std::fs::write(&path, data).map_err(|error| failed(&path, error))?;
        terminal.line(&path.display().to_string());
        let mut members = Map::new();
        members.insert("file".to_owned(), path.display().to_string().into());
        terminal.object("export", members);
    }
    Ok(())
}

fn print(files: &Files, terminal: &Terminal) -> Outcome {
    for (name, data) in files {
        let text = std::str::from_utf8(data).ok();
        if terminal.json {
            let mut members = Map::new();
            members.insert("file".to_owned(), name.as_str().into());
            match text {
                Some(text) => members.insert("text".to_owned(), text.into()),
                None => members.insert("base64".to_owned(), base64(data).into()),
            };
            terminal.object("export", members);
            continue;
        }
        let is_harmless =
            text.is_some_and(|text| text.split('\n').map(without_cr).all(text::is_harmless));
        if !is_harmless && std::io::stdout().is_terminal() {
            return Err(Failure::usage(
                "the request holds bytes that a terminal may obey: write it into a file by --out DIR or `>`",
            ));
        }
        terminal.data(data);
    }
    Ok(())
}

fn without_cr(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

fn base64(data: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_a_path_gets_that_of_the_request() {
        let cases = [
            ("http://localhost:3000", "http://localhost:3000/a?b"),
            ("http://localhost:3000/", "http://localhost:3000/a?b"),
            ("http://localhost:3000/hook", "http://localhost:3000/hook"),
        ];
        for (url, wanted) in cases {
            assert_eq!(with_path(url, "/a?b"), wanted);
        }
    }

    #[test]
    fn what_a_test_needs_is_asked_for() {
        assert!(require_settings("stripe", &Map::new()).is_ok());
        let missing = require_settings("square", &Map::new());
        assert!(matches!(missing, Err(Failure::Usage(text)) if text.contains("public_url")));
    }
}
