//! Tries one change after the other, and names the first with which the request is genuine.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::explain::account::Account;
use crate::explain::attempt::{Attempt, in_silence};
use crate::explain::cause::{Cause, Difference};
use crate::explain::explanation::Explanation;
use crate::explain::request::Request;
use crate::explain::subject::Subject;
use crate::explain::{bodies, clock, secrets, steps, urls};
use crate::provider::{self, Description};
use crate::time::{Clock, SystemClock, UnixTime};

/// What this request is worth for these accounts at this time, and why it is refused.
///
/// If it is genuine for one of them, that one is told of. Else the one is whose provider it looks most like, and the others are among
/// what is tried. A request takes some hundred verifications at most.
///
/// Senders with published keys are asked for them if the account gets them from the network; give this a time limit then.
pub async fn explain(accounts: &[Account], request: &Request, now: UnixTime) -> Explanation {
    let mut tried = 0;
    let mut subject: Option<Subject<'_>> = None;
    for account in accounts {
        let found = Subject::of(account, request, now).await;
        tried += usize::from(found.first.is_some());
        let is_genuine = found.is_genuine();
        let is_better = |best: &Subject<'_>| found.rank(request) > best.rank(request);
        if is_genuine || subject.as_ref().is_none_or(is_better) {
            subject = Some(found);
        }
        if is_genuine {
            break;
        }
    }
    match subject {
        Some(subject) => {
            Search::new(accounts, request, now, tried)
                .explain(subject)
                .await
        }
        None => Explanation::nothing("unknown"),
    }
}

/// Why this account refuses a request: the one whose address it came to. The others are among what is tried.
pub async fn explain_for(
    account: &Account,
    others: &[Account],
    request: &Request,
    now: UnixTime,
) -> Explanation {
    let subject = Subject::of(account, request, now).await;
    let tried = usize::from(subject.first.is_some());
    Search::new(others, request, now, tried)
        .explain(subject)
        .await
}

impl Endpoint {
    /// Why this endpoint refuses a request, for tools and for whoever is on call: see [`explain`](crate::explain). Nothing of it may
    /// reach the sender. Nothing is claimed, and nothing is logged. Without a time: by the clock of now.
    ///
    /// The endpoint does not know its secrets as they were written: use [`explain::explain`](crate::explain::explain) to find a mistake in
    /// one.
    ///
    /// ```
    /// use webhook_core::explain::{Explanation, Request};
    /// use webhook_core::Endpoint;
    ///
    /// async fn why(endpoint: &Endpoint, request: &Request) -> Explanation {
    ///     endpoint.explain(request, None).await
    /// }
    /// ```
    pub async fn explain(&self, request: &Request, now: Option<UnixTime>) -> Explanation {
        let now = now.unwrap_or_else(|| SystemClock.now());
        let first = Attempt::at(self, request, now).await;
        let subject = Subject {
            account: None,
            endpoint: Ok(self.clone()),
            first: Some(first),
        };
        Search::new(&[], request, now, 1).explain(subject).await
    }
}

struct Search<'a> {
    accounts: &'a [Account],
    request: &'a Request,
    now: UnixTime,
    tried: usize,
    /// What the request is with the change that helped.
    mended: Option<Arc<Delivery>>,
    /// Whether the head alone was answered the last time.
    is_of_head: bool,
}

impl<'a> Search<'a> {
    const fn new(
        accounts: &'a [Account],
        request: &'a Request,
        now: UnixTime,
        tried: usize,
    ) -> Self {
        Self {
            accounts,
            request,
            now,
            tried,
            mended: None,
            is_of_head: false,
        }
    }

    async fn explain(mut self, subject: Subject<'_>) -> Explanation {
        let mut told = Explanation::nothing("misconfigured");
        if let Some(account) = subject.account {
            told.provider.clone_from(&account.provider);
            told.account.clone_from(&account.name);
        }
        match (&subject.endpoint, &subject.first) {
            (Ok(endpoint), Some(first)) => {
                if told.provider.is_empty() {
                    told.provider = self.provider_of(endpoint).await;
                }
                self.of_attempt(&mut told, &subject, endpoint, first).await;
            }
            (Err(error), _) => {
                told.steps = steps::of_settings(error);
                if let Some(account) = subject.account {
                    told.cause = Box::pin(self.mended_settings(account)).await;
                }
            }
            (Ok(_), None) => {}
        }
        if let Some(delivery) = &self.mended {
            told.read(delivery);
        }
        told.tried = self.tried;
        told
    }

    async fn of_attempt(
        &mut self,
        told: &mut Explanation,
        subject: &Subject<'_>,
        endpoint: &Endpoint,
        first: &Attempt,
    ) {
        told.verdict = first.code();
        let is_outside = matches!(first.code(), "stale" | "future");
        let then = match is_outside {
            true => Box::pin(clock::within(endpoint, self.request, self.now)).await,
            false => None,
        };
        let then = then.as_ref().map(|(time, attempt)| (*time, attempt));
        told.steps = steps::of_request(subject.account, self.request, first, then, self.now);
        let last = then.map_or(first, |(_, attempt)| attempt);
        last.signed.clone_into(&mut told.signed);
        if let Ok(delivery) = &last.outcome {
            told.read(delivery);
        }
        if first.is_genuine() || first.has_asked || is_ours(first) {
            return;
        }
        told.cause = match then {
            Some((time, attempt)) if attempt.is_genuine() => {
                let words = steps::time_in_words(time, self.now, None);
                Some(Cause::new(
                    "clock",
                    format!("the signature is right, and its time is not: {words}"),
                ))
            }
            _ => {
                let at = then.map_or(self.now, |(time, _)| time);
                // Boxed: the search is large, and most requests are genuine.
                Box::pin(self.cause(subject, endpoint, last, at)).await
            }
        };
    }

    /// The first change that helps where the settings are wrong.
    async fn mended_settings(&mut self, account: &Account) -> Option<Cause> {
        match self.other_secret(account, self.now).await {
            Some(cause) => Some(cause),
            None => self.other_account(account, self.now).await,
        }
    }

    /// The first change that helps.
    async fn cause(
        &mut self,
        subject: &Subject<'_>,
        endpoint: &Endpoint,
        last: &Attempt,
        at: UnixTime,
    ) -> Option<Cause> {
        if let Some(account) = subject.account {
            if let Some(cause) = self.other_secret(account, at).await {
                return Some(cause);
            }
            if let Some(cause) = self.other_url(account, at).await {
                return Some(cause);
            }
        }
        if let Some(cause) = self.other_body(endpoint, at).await {
            return Some(cause);
        }
        if let Some(cause) = self.other_header(subject.account, endpoint, last, at).await {
            return Some(cause);
        }
        if let Some(account) = subject.account {
            if let Some(cause) = self.other_account(account, at).await {
                return Some(cause);
            }
        }
        let name = self.missing(subject.account, last).into_iter().next()?;
        let text = format!("the request has no header `{name}`");
        Some(Cause::new("header_missing_here", text))
    }

    /// The headers without which there is no signature, and that are not there.
    fn missing(&self, account: Option<&Account>, last: &Attempt) -> Vec<&'static str> {
        let rejection = steps::rejection_of(last);
        let Some(rejection) = rejection.filter(|it| it.code() == "missing_signature") else {
            return Vec::new();
        };
        let about = account.and_then(|account| provider::describe_briefly(&account.provider));
        let own = about.map_or_else(Vec::new, |about| about.headers);
        // Behind the one that is missed: a sender may have several names for it.
        let mut names: Vec<&'static str> = rejection.header().into_iter().chain(own).collect();
        names.retain(|name| self.request.header(name).is_none());
        names
    }

    async fn other_secret(&mut self, account: &Account, at: UnixTime) -> Option<Cause> {
        for (place, secret) in secrets::places(&account.settings) {
            for mended in secrets::mended(&secret) {
                let settings = secrets::replaced(&account.settings, &place, mended.secret);
                if self.helps(&account.provider, settings, at).await {
                    let setting = place.trim_start_matches('/');
                    let text = format!("the secret in `{setting}` {}", mended.what);
                    return Some(Cause::new(mended.code, text));
                }
            }
        }
        None
    }

    async fn other_url(&mut self, account: &Account, at: UnixTime) -> Option<Cause> {
        let configured = account.settings.get("public_url").and_then(Value::as_str)?;
        for mended in urls::mended(configured, self.request) {
            let mut settings = account.settings.clone();
            settings.insert("public_url".to_owned(), mended.url.clone().into());
            if self.helps(&account.provider, settings, at).await {
                let text = format!("the sender has signed the address {}", mended.url);
                return Some(Cause::new(mended.code, text));
            }
        }
        None
    }

    async fn other_body(&mut self, endpoint: &Endpoint, at: UnixTime) -> Option<Cause> {
        if self.request.body.len() > bodies::LONGEST {
            return None;
        }
        for mended in bodies::mended(&self.request.body) {
            if self.is_genuine(endpoint, mended.body.clone(), at).await {
                let mut cause = Cause::new(mended.code, format!("the body {}", mended.what));
                cause.difference = Some(Difference::of(&mended.body, &self.request.body));
                return Some(cause);
            }
        }
        None
    }

    /// A header that is there under another name.
    async fn other_header(
        &mut self,
        account: Option<&Account>,
        endpoint: &Endpoint,
        last: &Attempt,
        at: UnixTime,
    ) -> Option<Cause> {
        for wanted in self.missing(account, last) {
            for (name, value) in &self.request.headers {
                if !same_but_for_proxies(name, wanted) {
                    continue;
                }
                let mut request = self.request.clone();
                request.headers.push((wanted.to_owned(), value.clone()));
                self.tried += 1;
                let attempt = Attempt::at(endpoint, &request, at).await;
                if attempt.is_genuine() {
                    self.mended = attempt.outcome.ok();
                    let text = format!("the header `{wanted}` is here as `{name}`");
                    return Some(Cause::new("header_renamed", text));
                }
            }
        }
        None
    }

    /// Another account of the configuration, another's secret, another provider with the same secret.
    async fn other_account(&mut self, account: &Account, at: UnixTime) -> Option<Cause> {
        for other in self.accounts {
            let is_same = other.name == account.name
                && other.provider == account.provider
                && other.settings == account.settings;
            if is_same {
                continue;
            }
            if self
                .helps(&other.provider, other.settings.clone(), at)
                .await
            {
                let name = other.name.as_deref().unwrap_or(&other.provider);
                return Some(match other.provider == account.provider {
                    true => Cause::new("other_variant", format!("it is for the account `{name}`")),
                    false => Cause::new(
                        "other_provider",
                        format!("it is of {}, for the account `{name}`", other.provider),
                    ),
                });
            }
            if other.provider != account.provider {
                continue;
            }
            let mut settings = account.settings.clone();
            for (name, value) in &other.settings {
                if name.contains("secret") || name.contains("key") {
                    settings.insert(name.clone(), value.clone());
                }
            }
            if self.helps(&account.provider, settings, at).await {
                let name = other.name.as_deref().unwrap_or("another");
                let text = format!("it is signed with the secret of the account `{name}`");
                return Some(Cause::new("other_secret", text));
            }
        }
        self.other_provider(account, at).await
    }

    /// A provider that is not configured, with the same secret.
    async fn other_provider(&mut self, account: &Account, at: UnixTime) -> Option<Cause> {
        let keys = ["secrets", "public_keys"];
        let keys = keys.iter().find_map(|name| account.settings.get(*name))?;
        let own = provider::describe_briefly(&account.provider);
        let own = own.map_or(0, |about| self.known_headers(&about));
        for name in provider::names() {
            if name == account.provider {
                continue;
            }
            let Some(about) = provider::describe_briefly(name) else {
                continue;
            };
            // What looks more like the configured sender lacks something: GitHub's older code is one that Intercom would write.
            if self.known_headers(&about) < own {
                continue;
            }
            let takes = |setting: &str| about.settings.iter().any(|own| own.name == setting);
            let mut settings = Map::new();
            for setting in ["secrets", "public_keys"] {
                if takes(setting) && settings.is_empty() {
                    settings.insert(setting.to_owned(), keys.clone());
                }
            }
            if let Some(url) = account
                .settings
                .get("public_url")
                .filter(|_| takes("public_url"))
            {
                settings.insert("public_url".to_owned(), url.clone());
            }
            // A set-up request that nobody signs says nothing of the secret.
            if !settings.is_empty() && self.helps(name, settings, at).await && !self.is_of_head {
                let text = format!("it is genuine for {name} with this secret");
                return Some(Cause::new("other_provider", text));
            }
        }
        None
    }

    /// How many of the headers that this sender writes are there.
    fn known_headers(&self, about: &Description) -> usize {
        let names = about.headers.iter();
        names
            .filter(|name| self.request.header(name).is_some())
            .count()
    }

    /// Whether an account with these settings accepts the request.
    async fn helps(&mut self, provider: &str, settings: Map<String, Value>, at: UnixTime) -> bool {
        let account = Account::new(provider, settings);
        match in_silence(|| account.endpoint()) {
            Ok(endpoint) => {
                let body = self.request.body.clone();
                self.is_genuine(&endpoint, body, at).await
            }
            Err(_) => false,
        }
    }

    async fn is_genuine(&mut self, endpoint: &Endpoint, body: Bytes, at: UnixTime) -> bool {
        self.tried += 1;
        let changed = match body == self.request.body {
            true => self.request.clone(),
            false => self.request.with_body(body),
        };
        let attempt = Attempt::at(endpoint, &changed, at).await;
        let attempt = match attempt.code() {
            // The settings were wrong, and so no time could be looked for.
            "stale" | "future" => clock::within(endpoint, &changed, at)
                .await
                .map_or(attempt, |(_, within)| within),
            _ => attempt,
        };
        let is_genuine = attempt.is_genuine();
        self.is_of_head = attempt.is_of_head;
        self.mended = attempt.outcome.ok().or(self.mended.take());
        is_genuine
    }

    async fn provider_of(&self, endpoint: &Endpoint) -> String {
        let resolved = endpoint.resolve(&self.request.head(), self.now).await;
        resolved.map_or_else(
            |_| String::new(),
            |resolved| {
                let verifier = resolved.verifier();
                verifier.map_or_else(String::new, |it| it.provider().name().to_owned())
            },
        )
    }
}

/// Whether this refusal is about the receiver, so that no change of the request helps.
fn is_ours(attempt: &Attempt) -> bool {
    steps::rejection_of(attempt).is_some_and(|rejection| !rejection.is_sender_fault())
}

/// Whether a header is this one under a name that servers and proxies give it: `HTTP_STRIPE_SIGNATURE`, `X-Forwarded-…`.
fn same_but_for_proxies(name: &str, wanted: &str) -> bool {
    let plain = |name: &str| {
        let name = name.to_ascii_lowercase().replace('_', "-");
        let prefixes = ["http-", "x-forwarded-", "x-original-", "x-proxy-"];
        let without = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
        without.map_or(name.clone(), str::to_owned)
    };
    !name.eq_ignore_ascii_case(wanted) && plain(name) == plain(wanted)
}
