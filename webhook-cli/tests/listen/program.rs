//! The program itself: its flags, its lines, its end.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use webhook_testkit::process::{self, Process};

use crate::support::{App, OK, SECRET, event, header, send, status, wire};

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_webhook-cli"));
    command
        .args(words)
        .env_remove("WEBHOOK_CLI_STORE")
        .env_remove("EDITOR")
        .env_remove("VISUAL");
    command
}

fn run(words: &[&str]) -> Output {
    process::output(&mut command(words))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A `listen` of its own process.
struct Program {
    process: Process,
    out: BufReader<ChildStdout>,
    ready: Value,
}

impl Program {
    fn start(words: &[&str]) -> Self {
        let mut command = command(&["--json", "listen", "--port", "0"]);
        let command = command
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = Process::start(command, process::LONGEST).unwrap();
        let mut own = Self {
            out: BufReader::new(process.stdout()),
            process,
            ready: Value::Null,
        };
        own.ready = own.line();
        own
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"))
    }

    fn at(&self) -> std::net::SocketAddr {
        let url = self.ready["url"].as_str().unwrap();
        url.trim_start_matches("http://").parse().unwrap()
    }

    /// As `^C` does.
    #[cfg(unix)]
    fn interrupt(&mut self) -> (Option<i32>, String) {
        let id = self.process.id().to_string();
        assert!(process::status(Command::new("kill").args(["-INT", &id])).success());
        let code = self.process.wait().code();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (code, rest)
    }
}

#[test]
fn the_secret_alone_is_printed_if_that_is_wanted() {
    let output = run(&["listen", "--print-secret"]);
    let fresh = text(&output.stdout);
    assert!(
        fresh.starts_with("whsec_") && fresh.len() == 6 + 64 + 1,
        "{fresh}"
    );
    assert!(output.status.success() && output.stderr.is_empty());

    let mut own = command(&[
        "listen",
        "--print-secret",
        "--provider",
        "github",
        "--secret-env",
        "OWN_SECRET",
    ]);
    let output = process::output(own.env("OWN_SECRET", "a-secret-of-my-own-0123456789abcdef"));
    assert_eq!(
        text(&output.stdout),
        "a-secret-of-my-own-0123456789abcdef\n"
    );
}

#[test]
fn what_cannot_be_done_is_told_with_the_flag_and_code_two() {
    for (words, named) in [
        (
            &["--forward-to", "http://shop.example/"][..],
            "--allow-remote",
        ),
        (&["--forward-to", "ftp://localhost/"], "--forward-to"),
        (&["--for", "a", "--forward-to", "3000"], "--forward-to"),
        (&["--answer", "99"], "--answer"),
        (&["--provider", "nobody"], "nobody"),
        (&["--config", "/no/such/file.toml"], "--config"),
        (&["--store", "/no/such/folder/file"], "--store"),
    ] {
        let output = run(&[&["listen", "--port", "0"], words].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains(named), "{words:?}: {said}");
    }
}

#[test]
fn a_port_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(&["listen", "--port", &port]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("--port"));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_handed_over_is_answered_printed_and_kept_nowhere() {
    const HANDED: &str = "92f7731a76da224abaf0f99bb99e1ba346dbb28dcbdd72f120dc72def315cb61";
    let mut app = App::start(OK).await;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("listen-set-up");
    std::fs::create_dir_all(&folder).unwrap();
    let body = format!(r#"{{"verification_token":"{HANDED}"}}"#);
    for (provider, headers, body, echoed) in [
        (
            "asana",
            format!("x-hook-secret: {HANDED}\r\n"),
            "{}",
            Some(HANDED),
        ),
        ("notion", String::new(), &*body, None),
    ] {
        let store = folder.join(format!("{provider}.jsonl"));
        drop(std::fs::remove_file(&store));
        let mut program = Program::start(&[
            "--provider",
            provider,
            "--setting",
            "mode=setup",
            "--forward-to",
            &app.url("/hook"),
            "--store",
            store.to_str().unwrap(),
        ]);
        let length = body.len();
        let request = format!(
            "POST /hook?shop=1 HTTP/1.1\r\nhost: listen.example\r\n{headers}content-length: {length}\r\n\r\n{body}"
        );
        let answer = send(program.at(), request.as_bytes()).await;
        assert_eq!(status(&answer), 200, "{provider}");
        assert_eq!(header(&answer, "x-hook-secret"), echoed);
        let [capture, hop, handed] = [(); 3].map(|()| program.line());
        assert_eq!(capture["verdict"], "handshake");
        assert_eq!(hop["note"], "set-up, not forwarded");
        assert_eq!(handed["type"], "setup_secret");
        assert_eq!(
            (&handed["provider"], &handed["path"], &handed["secret"]),
            (&provider.into(), &"/hook?…".into(), &HANDED.into())
        );
        // What comes after it is as unsigned as before.
        let forged = request.replace("hook-secret", "other");
        let forged = forged.replace("_token", "-token");
        let forged = forged.replace(HANDED, &"0".repeat(HANDED.len()));
        send(program.at(), forged.as_bytes()).await;
        assert!(app.next().await.target().starts_with("/hook"));
        let (code, rest) = program.interrupt();
        assert_eq!(code, Some(0), "{rest}");
        assert!(!rest.contains("setup_secret"), "{rest}");
        let kept = std::fs::read_to_string(&store).unwrap();
        assert!(!kept.is_empty() && !kept.contains(HANDED), "{kept}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_told_kept_in_a_file_and_sent_again() {
    let mut app = App::start(OK).await;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("listen-program");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    let store = folder.join("store.jsonl");
    let store = store.to_str().unwrap();
    let to = app.url("/hook");
    let mut program = Program::start(&[
        "--provider",
        "stripe",
        "--secret",
        SECRET,
        "-f",
        &to,
        "--store",
        store,
    ]);
    assert_eq!(program.ready["type"], "ready");
    let signed = event("invoice.paid");
    let answer = send(program.at(), &wire(&signed)).await;
    assert_eq!(status(&answer), 200);
    let first = app.next().await;
    let capture = program.line();
    assert_eq!(
        [
            &capture["type"],
            &capture["verdict"],
            &capture["kind"],
            &capture["event_id"]
        ],
        ["capture", "ok", "invoice.paid", "evt_1"]
    );
    let hop = program.line();
    assert_eq!([&hop["type"], &hop["to"]], ["hop", to.as_str()]);
    assert_eq!((&hop["status"], &hop["capture"]), (&200.into(), &1.into()));

    // The page is there, and knows who may see it.
    let ask = |path: &str, token: &str| {
        let at = program.at();
        format!(
            "GET /.webhook-cli/{path} HTTP/1.1\r\nhost: {at}\r\nx-webhook-cli-token: {token}\r\n\r\n"
        )
    };
    let page = program.ready["page"].as_str().unwrap();
    let token = page.split_once('#').unwrap().1;
    let captures = send(program.at(), ask("captures?after=0", token).as_bytes()).await;
    assert!(text(&captures.body).contains("invoice.paid"));
    let refused = send(program.at(), ask("captures?after=0", "wrong").as_bytes()).await;
    assert!(matches!(status(&refused), 401 | 403));

    let (code, rest) = program.interrupt();
    assert_eq!((code, rest.as_str()), (Some(0), ""));

    let replayed = run(&["--json", "replay", "1", "--store", store]);
    assert!(replayed.status.success(), "{}", text(&replayed.stderr));
    let again = app.next().await;
    assert_eq!(again, first);

    let replayed = run(&[
        "replay", "1", "--store", store, "--to", &to, "--resign", "--secret", SECRET, "--times",
        "2",
    ]);
    assert!(replayed.status.success(), "{}", text(&replayed.stderr));
    assert!(text(&replayed.stdout).contains("stripe invoice.paid evt_1"));
    for _ in 0..2 {
        assert_eq!(app.next().await.body, first.body);
    }

    let mut edit = command(&["replay", "1", "--store", store, "--edit"]);
    let edited = process::output(edit.env("EDITOR", "sed -i -e s/paid/voided/"));
    assert!(text(&edited.stderr).contains("--resign"));
    assert!(text(&app.next().await.body).contains("invoice.voided"));

    let remote = run(&[
        "replay",
        "1",
        "--store",
        store,
        "--to",
        "http://shop.example/",
    ]);
    assert_eq!(remote.status.code(), Some(2));
    assert!(text(&remote.stderr).contains("--allow-remote"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_quiet_listen_tells_refusals_only_and_no_secret_is_told() {
    let mut program = Program::start(&["--provider", "stripe", "--secret", SECRET, "--quiet"]);
    let signed = event("invoice.paid");
    send(program.at(), &wire(&signed)).await;
    let body = signed.body.clone();
    let forged = signed.with_body([&body[..], b" "].concat());
    send(program.at(), &wire(&forged)).await;
    let capture = program.line();
    assert_eq!(capture["verdict"], "bad_signature");
    assert_eq!(capture["cause"]["code"], "body_newline");
    let hop = program.line();
    let (code, rest) = program.interrupt();
    assert_eq!((code, rest.as_str()), (Some(0), ""));
    let mut said = String::new();
    program.process.stderr().read_to_string(&mut said).unwrap();
    for told in [
        said,
        capture.to_string(),
        hop.to_string(),
        program.ready.to_string(),
    ] {
        assert!(!told.contains(SECRET), "{told}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn without_any_secret_a_fresh_one_is_told_and_verified_with() {
    let mut program = Program::start(&[]);
    let secret = program.ready["test_secret"].as_str().unwrap().to_owned();
    let settings = webhook_core::Settings::new(serde_json::json!({"secrets": secret})).unwrap();
    let signer = webhook_core::provider::signer("stripe", &settings).unwrap();
    let now = std::time::SystemTime::now().into();
    let signed = signer
        .sign(br#"{"id":"evt_9","object":"event","type":"a"}"#, now)
        .unwrap();
    send(program.at(), &wire(&signed)).await;
    assert_eq!(program.line()["verdict"], "ok");
    assert_eq!(program.interrupt().0, Some(0));
}
