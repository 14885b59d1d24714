//! A browser, driven over the plain WebDriver protocol.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use http::Extensions;
use serde_json::{Value, json};
use webhook_cli::client::Client;
use webhook_cli::request::Request;
use webhook_testkit::process::{LONGEST_BUILD, Process};

const MISSING: &str = "chromedriver is missing. On Debian and Ubuntu, as root: apt-get install -y chromium chromium-driver";

/// The name of an element in answers, as the protocol has it.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window. It ends with this value.
pub(crate) struct Browser {
    driver: Process,
    port: u16,
    session: String,
    client: Client,
    profile: PathBuf,
}

impl Browser {
    pub(crate) async fn start(name: &str) -> Self {
        let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let profile = profile.join(format!("page-{name}-{}", std::process::id()));
        let (driver, port) = start_driver();
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
            client: Client::new(),
            profile,
        };
        let session = browser.post("session", &browser.capabilities()).await;
        browser.session = text(&session["sessionId"]);
        browser.size(1280, 800).await;
        browser
    }

    fn capabilities(&self) -> Value {
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let mut args: Vec<String> = args.map(str::to_owned).to_vec();
        args.push(format!("--user-data-dir={}", self.profile.display()));
        json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "unhandledPromptBehavior": "ignore",
            "goog:chromeOptions": {"args": args},
        }}})
    }

    pub(crate) async fn open(&self, url: &str) {
        self.in_session("url", &json!({"url": url})).await;
    }

    /// What this script returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let call = json!({"script": script, "args": []});
        self.in_session("execute/sync", &call).await
    }

    /// Waits until this expression is true.
    pub(crate) async fn wait(&self, expression: &str) {
        for _ in 0..300 {
            if self.run(&format!("return Boolean({expression})")).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let page = self.run("return document.body.innerText").await;
        panic!("it never came true: {expression}\n{}", text(&page));
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        let element = serde_json::to_string(selector).unwrap();
        let script = format!("return document.querySelector({element})?.innerText ?? ''");
        text(&self.run(&script).await)
    }

    /// Clicks as a person does: fails if something lies over it.
    pub(crate) async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        let path = format!("element/{element}/click");
        self.in_session(&path, &json!({})).await;
    }

    /// Clicks the button with this text.
    pub(crate) async fn press(&self, button: &str) {
        let find =
            json!({"using": "xpath", "value": format!("//button[normalize-space()='{button}']")});
        let found = self.in_session("element", &find).await;
        let path = format!("element/{}/click", text(&found[ELEMENT]));
        self.in_session(&path, &json!({})).await;
    }

    pub(crate) async fn write(&self, selector: &str, keys: &str) {
        let element = self.find(selector).await;
        let path = format!("element/{element}/value");
        self.in_session(&path, &json!({"text": keys})).await;
    }

    /// Presses keys, wherever the focus is.
    pub(crate) async fn keys(&self, keys: &str) {
        let mut actions = Vec::new();
        for key in keys.chars() {
            for kind in ["keyDown", "keyUp"] {
                actions.push(json!({"type": kind, "value": key.to_string()}));
            }
        }
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": actions});
        self.in_session("actions", &json!({"actions": [keyboard]}))
            .await;
    }

    async fn find(&self, selector: &str) -> String {
        let find = json!({"using": "css selector", "value": selector});
        text(&self.in_session("element", &find).await[ELEMENT])
    }

    /// Whether a dialog of the browser is open, as `alert` opens one.
    pub(crate) async fn has_dialog(&self) -> bool {
        let path = format!("session/{}/alert/text", self.session);
        self.exchange("GET", &path, None).await.0 == 200
    }

    pub(crate) async fn size(&self, width: u32, height: u32) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    pub(crate) async fn dark(&self) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        let call = json!({"cmd": command, "params": parameters});
        self.in_session("goog/cdp/execute", &call).await;
    }

    pub(crate) async fn picture(&self) -> Vec<u8> {
        let path = format!("session/{}/screenshot", self.session);
        let (_, answer) = self.exchange("GET", &path, None).await;
        Base64::decode_vec(&text(&answer["value"])).unwrap()
    }

    async fn in_session(&self, path: &str, body: &Value) -> Value {
        let path = format!("session/{}/{path}", self.session);
        self.post(&path, body).await
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let (status, mut answer) = self.exchange("POST", path, Some(body)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer["value"].take()
    }

    async fn exchange(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let url = format!("http://127.0.0.1:{}/{path}", self.port);
        let request = Request {
            method: method.to_owned(),
            target: "/".to_owned(),
            headers: vec![(
                "content-type".to_owned(),
                Bytes::from_static(b"application/json"),
            )],
            body: body.map(Value::to_string).unwrap_or_default().into(),
        };
        let url = url.parse().unwrap();
        let answer = self.client.send(&url, &request, Extensions::new()).await;
        let status = answer.status.unwrap_or_else(|| panic!("{answer:?}"));
        (status, serde_json::from_slice(&answer.body).unwrap())
    }
}

/// Starts the driver on a port of its choice. It takes one that is free for IPv6, and ends if another program has the same
/// one for IPv4; so it is started again.
fn start_driver() -> (Process, u16) {
    for _ in 0..100 {
        if let Some(started) = try_to_start_driver() {
            return started;
        }
    }
    panic!("chromedriver found no port that is free for IPv4 and IPv6");
}

/// Nothing if the port it chose is taken.
fn try_to_start_driver() -> Option<(Process, u16)> {
    let mut command = Command::new("chromedriver");
    command
        .arg("--port=0")
        // For pictures that show the same time everywhere.
        .env("TZ", "UTC")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut driver = Process::start(&mut command, LONGEST_BUILD).expect(MISSING);
    let mut lines = BufReader::new(driver.stdout()).lines();
    let mut said = String::new();
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            let port = port.trim_end_matches('.').parse().expect("a port");
            // It may say more, and must not block on that.
            std::thread::spawn(move || lines.for_each(drop));
            return Some((driver, port));
        }
        said = said + &line + "\n";
    }
    assert!(
        said.contains("port not available"),
        "chromedriver did not start. It said:\n{said}"
    );
    None
}

impl Drop for Browser {
    /// Ends the browser, then what drives it.
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let end = format!(
                "DELETE /session/{} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n",
                self.session
            );
            drop(stream.set_read_timeout(Some(Duration::from_secs(10))));
            drop(stream.write_all(end.as_bytes()));
            drop(stream.read(&mut [0; 64]));
        }
        self.driver.kill();
        drop(std::fs::remove_dir_all(&self.profile));
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
