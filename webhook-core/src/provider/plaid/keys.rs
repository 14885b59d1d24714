//! Keys from Plaid's own interface.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::json;
use zeroize::Zeroizing;

use crate::account::Secret;
use crate::crypto::KeyFormat;
use crate::json;
use crate::published::{FetchFuture, HttpsFetcher, KeySource, Unavailable};
use crate::{ConfigError, KeyPrint};

/// Asks Plaid for its keys: `POST /webhook_verification_key/get` with the account's own credentials.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::published::HttpsFetcher;
/// use webhook_core::provider::plaid::{Plaid, PlaidKeys};
///
/// let keys = PlaidKeys::new(HttpsFetcher::new()?, "client id", "the client's secret")?;
/// let endpoint = Endpoint::new(Plaid::new(keys));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct PlaidKeys {
    https: HttpsFetcher,
    account: Arc<Account>,
    host: String,
}

struct Account {
    client_id: String,
    secret: Secret,
}

const PATH: &str = "/webhook_verification_key/get";

impl PlaidKeys {
    /// Asks as this account, in production.
    ///
    /// # Errors
    /// If the client id or the secret is empty.
    pub fn new(
        https: HttpsFetcher,
        client_id: impl Into<String>,
        secret: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let client_id = client_id.into();
        if client_id.trim().is_empty() {
            return Err(ConfigError::new("the client id is empty"));
        }
        let secret = Secret::new(secret)?;
        KeyFormat::text()
            .reject_prefixes(&["access-", "public-", "link-"])
            .require(&secret)?;
        Ok(Self {
            https,
            account: Arc::new(Account { client_id, secret }),
            host: "https://production.plaid.com".to_owned(),
        })
    }

    /// Asks in the sandbox, which has keys and secrets of its own.
    #[must_use]
    pub fn sandbox(self) -> Self {
        self.host("https://sandbox.plaid.com")
    }

    fn host(self, host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            ..self
        }
    }
}

impl KeySource for PlaidKeys {
    /// Plaid signs for all items of a client with the same keys.
    fn prints(&self) -> Vec<KeyPrint> {
        vec![KeyPrint::of(&[
            "plaid",
            &self.host,
            &self.account.client_id,
        ])]
    }

    fn key(&self, id: &str) -> FetchFuture {
        let (this, id) = (self.clone(), id.to_owned());
        FetchFuture::new(async move {
            let url = format!("{}{PATH}", this.host);
            let headers = [("content-type", "application/json")];
            let question = Bytes::from(this.account.question(&id).as_bytes().to_vec());
            let asked = this.https.request(Method::POST, &url, &headers, question);
            let (status, answer) = asked.await?;
            read(status, &answer)
        })
    }
}

impl Account {
    fn question(&self, key_id: &str) -> Zeroizing<String> {
        let question = json!({
            "client_id": self.client_id,
            "secret": self.secret.expose(),
            "key_id": key_id,
        });
        Zeroizing::new(question.to_string())
    }
}

fn read(status: StatusCode, answer: &Bytes) -> Result<Bytes, Unavailable> {
    match status {
        StatusCode::OK => json::member(answer, "/key")
            .ok()
            .flatten()
            .ok_or(Unavailable::Failed),
        StatusCode::BAD_REQUEST => match json::values(answer, ["/error_code"]) {
            [Some(code)] if code == UNKNOWN_KEY => Err(Unavailable::Unknown),
            _ => Err(Unavailable::Failed),
        },
        _ => Err(Unavailable::Failed),
    }
}

/// As Plaid's list of errors has it. Any other error, such as that of a wrong secret, is not the request's fault.
const UNKNOWN_KEY: &str = "INVALID_WEBHOOK_VERIFICATION_KEY_ID";

impl fmt::Debug for PlaidKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaidKeys")
            .field("https", &self.https)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use webhook_testkit::https::{Answer, Authority, Server};

    async fn serve(answer: Answer) -> (Server, PlaidKeys) {
        let authority = Authority::new();
        let server = authority.serve(answer).await;
        let https = HttpsFetcher::with_roots_pem(authority.pem.as_bytes()).unwrap();
        let keys = PlaidKeys::new(https, "client", "canary for tests").unwrap();
        let keys = keys.host(server.url(""));
        (server, keys)
    }

    #[tokio::test]
    async fn asks_for_the_key_with_the_credentials_of_the_account() {
        let (server, keys) =
            serve(Answer::ok(r#"{"key": {"kty": "EC"}, "request_id": "x"}"#)).await;
        assert_eq!(keys.key("key-1").await, Ok(r#"{"kty": "EC"}"#.into()));
        let [request] = server.requests().try_into().unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /webhook_verification_key/get HTTP/1.1\r\n"));
        assert!(head.contains("\r\ncontent-type: application/json\r\n"));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let want = json!({"client_id": "client", "secret": "canary for tests", "key_id": "key-1"});
        assert_eq!(body, want);
    }

    #[test]
    fn only_plaids_own_word_makes_a_key_unknown() {
        use Unavailable::{Failed, Unknown};

        let no_key = r#"{"error_code": "INVALID_WEBHOOK_VERIFICATION_KEY_ID"}"#;
        for (status, answer, want) in [
            (400, no_key, Unknown),
            (400, r#"{"error_code": "INVALID_API_KEYS"}"#, Failed),
            (400, "<html>", Failed),
            (401, no_key, Failed),
            (302, no_key, Failed),
            (404, no_key, Failed),
            (429, no_key, Failed),
            (500, no_key, Failed),
            (200, no_key, Failed),
            (200, "", Failed),
            (200, "<html>", Failed),
            (200, r#"{"key": {}, "key": {}}"#, Failed),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let got = read(status, &Bytes::from_static(answer.as_bytes()));
            assert_eq!(got, Err(want), "{status} {answer}");
        }
    }

    #[test]
    fn asks_the_environment_that_is_meant() {
        let keys =
            || PlaidKeys::new(HttpsFetcher::new().unwrap(), "client", "canary for tests").unwrap();
        assert_eq!(keys().host, "https://production.plaid.com");
        assert_eq!(keys().sandbox().host, "https://sandbox.plaid.com");
        let shown = format!("{:?}", keys());
        assert!(shown.starts_with("PlaidKeys {") && !shown.contains("canary"));
    }

    #[test]
    fn credentials_are_not_empty() {
        let new = |id, secret| PlaidKeys::new(HttpsFetcher::new().unwrap(), id, secret);
        assert!(new(" ", "a secret for tests").is_err());
        assert!(new("client", " ").is_err());
    }
}
