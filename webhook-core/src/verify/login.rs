//! Senders that sign nothing and show a user name and a password, as HTTP Basic (RFC 7617) has them or in a form of their own.

use std::sync::Arc;

use base64ct::{Base64, Encoding};

use crate::account::{IntoKeyring, KeyPrint, Secret, Settings};
use crate::crypto::same_text;
use crate::delivery::Provider;
use crate::message::{Coverage, Ident, MatchedKey, Proof};
use crate::outcome::{Answer, ConfigError, Rejection, malformed, missing};
use crate::request::RequestHead;
use crate::scheme::Scheme;
use crate::time::UnixTime;
use crate::verify::buffered::buffered;
use crate::verify::header::require_post;
use crate::verify::keys::Keys;
use crate::verify::shown::{Proven, Shown};
use crate::verify::verifier::{BodyCheck, ShowsSecret, Verdict, Verifier};

/// The user name and the passwords of one account.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// Who sends, and where id and kind stand. What is shown is no more than a token, so neither is signed.
    names: Scheme,
    username: Secret,
    passwords: Arc<Keys<Secret>>,
    shown: ShownAs,
}

/// Finds the password that a header shows together with the user name. White space around it is gone, and something is left.
pub(crate) type ShownAs = fn(&Login, &[u8], UnixTime) -> Result<MatchedKey, Rejection>;

impl Login {
    /// Accepts this user name with any of these passwords. `names` is a scheme with `Algorithm::Token`.
    ///
    /// # Errors
    /// If the name or a password is empty, there is none, or the name holds a colon, which HTTP cannot express.
    pub(crate) fn new(
        names: Scheme,
        username: impl Into<String>,
        passwords: impl IntoKeyring,
    ) -> Result<Self, ConfigError> {
        let username = Secret::dangerously_short(username)?;
        if username.expose().contains(':') {
            return Err(ConfigError::new("the user name holds a colon"));
        }
        Ok(Self {
            names,
            username,
            passwords: Arc::new(Keys::new(&[], passwords, |password| Ok(password.clone()))?),
            shown: Self::basic,
        })
    }

    /// The same in another form than HTTP Basic.
    pub(crate) fn shown_as(self, shown: ShownAs) -> Self {
        Self { shown, ..self }
    }

    pub(crate) const fn username(&self) -> &Secret {
        &self.username
    }

    pub(crate) fn passwords(&self) -> &Keys<Secret> {
        &self.passwords
    }

    /// The same of the settings `username` and `password`.
    ///
    /// # Errors
    /// If one is missing or wrong.
    pub(crate) fn configured(names: Scheme, settings: &Settings) -> Result<Self, ConfigError> {
        let username = settings.required("username")?;
        let login = Self::new(names, username, settings.keys("password")?);
        login.map_err(|error| error.of_setting("username"))
    }

    /// HTTP Basic.
    fn basic(&self, given: &[u8], now: UnixTime) -> Result<MatchedKey, Rejection> {
        let (username, password) = read(given)?;
        let known = same_text(self.username.expose(), &username);
        self.passwords
            .find(now, |own| same_text(own.expose(), &password) & known)
    }

    /// The check of a body behind a head that has shown the password of this key.
    fn accepted(&self, key: Option<MatchedKey>) -> BodyCheck {
        let proof = Proof {
            ident: Ident::of(&self.names.described()),
            key,
            ..Proof::dangerously_assert(Coverage::SenderOnly)
        };
        buffered(move |_| Ok(Verdict::Authentic(proof)))
    }
}

/// The user name and the password in the value of an `Authorization` header.
fn read(header: &[u8]) -> Result<(String, String), Rejection> {
    const FAULT: Rejection = malformed("the header is no basic authentication");
    let text = std::str::from_utf8(header).map_err(|_| FAULT)?.trim();
    let (scheme, credentials) = text.split_once(' ').ok_or(FAULT)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(FAULT);
    }
    let credentials = Base64::decode_vec(credentials.trim_start()).map_err(|_| FAULT)?;
    let credentials = String::from_utf8(credentials).map_err(|_| FAULT)?;
    // A password may hold colons, a user name may not.
    let (username, password) = credentials.split_once(':').ok_or(FAULT)?;
    Ok((username.to_owned(), password.to_owned()))
}

impl Verifier for Login {
    fn provider(&self) -> Provider {
        self.names.provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        let place = [self.names.name(), self.username.expose()];
        self.passwords.prints(&place)
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let given = head.header(AUTHORIZATION)?.unwrap_or_default();
        let given = given.trim_ascii();
        if given.is_empty() {
            return Err(missing("the request has no authorization")
                .of_header(AUTHORIZATION)
                .into());
        }
        let key = (self.shown)(self, given, now)?;
        Ok(self.accepted(Some(key)))
    }

    fn shows_secret(&self) -> Option<&dyn ShowsSecret> {
        Some(self)
    }
}

impl ShowsSecret for Login {
    fn shown(&self) -> Shown {
        let words = Shown::of(self.passwords.words());
        words.header(AUTHORIZATION).beside(self.username.expose())
    }

    fn begin_again(
        &self,
        head: &RequestHead<'_>,
        _: UnixTime,
        proven: Proven,
    ) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        Ok(self.accepted(proven.key))
    }
}

pub(crate) const AUTHORIZATION: &str = "authorization";
