//! Verifies a request, keeps it, and forwards it or answers by itself.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::{join, join_all};
use http::Extensions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use webhook_core::explain::Account;
use webhook_core::{Rejection, RejectionKind, provider};

use crate::capture::{Answer, Capture, Verdict};
use crate::client::Client;
use crate::explain;
use crate::forward::account::{is_set_up, own_answer, said, set_up, sign};
use crate::forward::kinds::Kinds;
use crate::forward::report::{Report, Subject};
use crate::forward::route::Route;
use crate::inspector::{Backend, Captures};
use crate::request::Request;
use crate::store::Store;
use crate::terminal::Failure;

/// Requests that are worked on at a time. More wait.
const MOST_WORK: u32 = 256;

/// What is done with requests.
#[derive(Debug)]
pub struct Rules {
    /// Who may send.
    pub accounts: Vec<Account>,
    /// Where to. The first one that a request is for answers the sender.
    pub routes: Vec<Route>,
    /// What is forwarded at all.
    pub events: Kinds,
    /// Whether what is not genuine is refused instead of forwarded.
    pub only_genuine: bool,
    /// What is answered where nothing is forwarded: the status, and the delay in milliseconds.
    pub answer: (u16, u64),
    /// Where requests are kept beside the memory.
    pub store: Option<Store>,
    /// What is printed.
    pub report: Report,
}

/// Verifies, keeps and forwards. Clones share everything.
#[derive(Clone)]
pub struct Listener(Arc<Inner>);

struct Inner {
    rules: Rules,
    captures: Captures,
    client: Client,
    answer: Mutex<(u16, u64)>,
    work: Arc<Semaphore>,
}

/// A request that was verified and kept.
struct Taken {
    capture: Capture,
    subject: Subject,
    todo: Todo,
}

enum Todo {
    /// It hands over the secret that the account waits for.
    SetUp,
    /// It is not genuine, and only what is may pass.
    Refuse,
    /// It is of a kind that is not wanted.
    Ignore,
    /// Nobody is there to answer but the tool.
    Answer,
    /// The numbers of the routes.
    Forward(Vec<usize>),
}

impl Listener {
    /// Keeps what it receives in `captures`.
    #[must_use]
    pub fn new(rules: Rules, captures: Captures) -> Self {
        let answer = Mutex::new(rules.answer);
        let work = Arc::new(Semaphore::new(MOST_WORK as usize));
        Self(Arc::new(Inner {
            rules,
            captures,
            client: Client::new(),
            answer,
            work,
        }))
    }

    /// Does with a request what is to be done, even if the sender goes away meanwhile. The answer for the sender.
    pub(super) async fn take(&self, request: Request) -> Answer {
        let (tell, told) = oneshot::channel();
        let permit = self.permit().await;
        let own = self.clone();
        tokio::spawn(async move {
            let taken = own.keep(request, None).await;
            own.work_on(taken, tell).await;
            drop(permit);
        });
        let rejection = Rejection::new(RejectionKind::Misconfigured, "the work on it was cut");
        told.await.unwrap_or_else(|_| said(&rejection.into()))
    }

    /// Keeps a request that has not arrived as a whole. The answer for the sender.
    pub(super) async fn take_broken(&self, request: Request, fault: RejectionKind) -> Answer {
        let rejection = Rejection::new(fault, "the body did not arrive as a whole");
        let verdict = Verdict {
            code: rejection.code().to_owned(),
            ..Verdict::default()
        };
        let taken = self.remember(
            Capture {
                id: 0,
                at: SystemTime::now().into(),
                request,
                verdict,
                answers: Vec::new(),
                replay_of: None,
            },
            Todo::Answer,
        );
        let answer = said(&rejection.into());
        self.told(&taken, &answer, Some("not forwarded"));
        self.store(taken.capture, vec![answer.clone()]).await;
        answer
    }

    /// Waits until nothing is worked on.
    pub(super) async fn rest(&self) {
        drop(self.0.work.acquire_many(MOST_WORK).await);
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.work).acquire_owned().await.ok()
    }

    async fn keep(&self, request: Request, replay_of: Option<u64>) -> Taken {
        let at = SystemTime::now().into();
        let rules = &self.0.rules;
        let verdict = explain::verdict(&rules.accounts, &request, at).await;
        let todo = todo(rules, &verdict);
        self.remember(
            Capture {
                id: 0,
                at,
                request,
                verdict,
                answers: Vec::new(),
                replay_of,
            },
            todo,
        )
    }

    fn remember(&self, mut capture: Capture, todo: Todo) -> Taken {
        let report = &self.0.rules.report;
        let mut subject = report.subject(&capture);
        capture.id = self.0.captures.push(capture.clone());
        report.capture(&mut subject, capture.id);
        Taken {
            capture,
            subject,
            todo,
        }
    }

    /// Shows an answer, on the page and in a line.
    fn told(&self, taken: &Taken, answer: &Answer, note: Option<&str>) {
        self.0.captures.answered(taken.capture.id, answer.clone());
        self.0.rules.report.hop(&taken.subject, answer, note);
    }

    /// Writes it into the file, if there is one.
    async fn store(&self, capture: Capture, answers: Vec<Answer>) {
        if self.0.rules.store.is_none() {
            return;
        }
        let own = self.clone();
        let writing = tokio::task::spawn_blocking(move || {
            let capture = Capture { answers, ..capture };
            match &own.0.rules.store {
                Some(store) => store.append(&capture).map(drop),
                None => Ok(()),
            }
        });
        let written = writing.await;
        if let Ok(Err(error)) = written {
            let text = format!("--store: the request is not in the file: {error}");
            self.0.rules.report.trouble(&text);
        }
    }

    async fn work_on(&self, taken: Taken, tell: oneshot::Sender<Answer>) {
        let answers = match &taken.todo {
            Todo::Forward(routes) => self.forward(&taken, routes, tell).await,
            Todo::SetUp => {
                // Neither the request nor the answer is written down: both hold the secret.
                let answer = self.set_up(&taken).await;
                drop(tell.send(answer));
                return;
            }
            Todo::Answer | Todo::Ignore | Todo::Refuse => {
                let (answer, note) = self.own(&taken).await;
                self.told(&taken, &answer, note);
                // The sender may have gone.
                drop(tell.send(answer.clone()));
                vec![answer]
            }
        };
        self.store(taken.capture, answers).await;
    }

    /// Takes the secret that a request hands over, and shows it to who listens. The answer that the sender wants.
    async fn set_up(&self, taken: &Taken) -> Answer {
        let capture = &taken.capture;
        let account = account_of(&self.0.rules.accounts, &capture.verdict);
        let (answer, secret) = match account {
            Some(account) => set_up(account, &capture.request, capture.at).await,
            None => (None, None),
        };
        let answer = answer.unwrap_or_else(|| of_status(500));
        let shown = Answer {
            status: answer.status,
            ..Answer::default()
        };
        self.told(taken, &shown, Some("set-up, not forwarded"));
        if let (Some(account), Some(secret)) = (account, secret) {
            let report = &self.0.rules.report;
            report.setup_secret(&account.provider, &capture.request.target, &secret);
        }
        answer
    }

    /// To all places at the same time. The first one answers the sender.
    async fn forward(
        &self,
        taken: &Taken,
        routes: &[usize],
        tell: oneshot::Sender<Answer>,
    ) -> Vec<Answer> {
        let routes = routes.iter();
        let routes = routes.filter_map(|number| self.0.rules.routes.get(*number));
        let mut hops = routes.map(|route| self.hop(taken, route));
        let Some(first) = hops.next() else {
            return Vec::new();
        };
        let first = async {
            let answer = first.await;
            let has_come = answer.error.is_none() && answer.status.is_some();
            drop(tell.send(match has_come {
                true => answer.clone(),
                false => no_answer(),
            }));
            answer
        };
        let (first, mut answers) = join(first, join_all(hops)).await;
        answers.insert(0, first);
        answers
    }

    async fn hop(&self, taken: &Taken, route: &Route) -> Answer {
        let request = &taken.capture.request;
        let mut extensions = Extensions::new();
        if let Some(target) = route.target(request) {
            extensions.insert(target);
        }
        let answer = self.0.client.send(&route.to, request, extensions).await;
        self.told(taken, &answer, None);
        answer
    }

    /// What is answered without asking anybody, and why.
    async fn own(&self, taken: &Taken) -> (Answer, Option<&'static str>) {
        let capture = &taken.capture;
        let library = async {
            let account = account_of(&self.0.rules.accounts, &capture.verdict)?;
            own_answer(account, &capture.request, capture.at).await
        };
        match taken.todo {
            Todo::Refuse => {
                let unknown = Rejection::new(RejectionKind::UnknownEndpoint, "no such account");
                let answer = library.await.unwrap_or_else(|| said(&unknown.into()));
                (answer, Some("not genuine, not forwarded"))
            }
            Todo::Ignore => (of_status(200), Some("not this kind, not forwarded")),
            Todo::Answer | Todo::Forward(_) | Todo::SetUp => {
                let (status, delay) = self.answer();
                tokio::time::sleep(Duration::from_millis(delay)).await;
                // The words that a sender demands: of use only where the answer is to be a success.
                let words = match status {
                    200..300 => library
                        .await
                        .filter(|answer| answer.status.is_some_and(|own| own < 300)),
                    _ => None,
                };
                // Nobody expects it where there is nowhere to forward to.
                let note = (!self.0.rules.routes.is_empty()).then_some("not forwarded");
                (words.unwrap_or_else(|| of_status(status)), note)
            }
        }
    }
}

fn todo(rules: &Rules, verdict: &Verdict) -> Todo {
    let kind = verdict.kind.as_deref();
    let waits = account_of(&rules.accounts, verdict).is_some_and(is_set_up);
    if waits && verdict.code == "handshake" {
        return Todo::SetUp;
    }
    if rules.only_genuine && !verdict.is_genuine() {
        return Todo::Refuse;
    }
    // A request without a kind is of no other kind.
    if kind.is_some_and(|kind| !rules.events.has(kind)) {
        return Todo::Ignore;
    }
    let routes = rules.routes.iter().enumerate();
    let routes: Vec<usize> = routes
        .filter(|(_, route)| route.takes(kind))
        .map(|(number, _)| number)
        .collect();
    match routes.is_empty() {
        true => Todo::Answer,
        false => Todo::Forward(routes),
    }
}

fn account_of<'a>(accounts: &'a [Account], verdict: &Verdict) -> Option<&'a Account> {
    let provider = verdict.provider.as_ref()?;
    accounts.iter().find(|account| {
        account.provider == *provider
            && (verdict.variant.is_none() || account.name == verdict.variant)
    })
}

fn of_status(status: u16) -> Answer {
    Answer {
        status: Some(status),
        ..Answer::default()
    }
}

/// What the sender gets where the application gave no answer.
fn no_answer() -> Answer {
    Answer {
        headers: vec![("content-type".to_owned(), Bytes::from_static(b"text/plain"))],
        body: Bytes::from_static(b"webhook-cli: the application did not answer\n"),
        ..of_status(502)
    }
}

impl Backend for Listener {
    fn captures(&self) -> &Captures {
        &self.0.captures
    }

    fn receive(
        &self,
        request: Request,
        replay_of: Option<u64>,
    ) -> Pin<Box<dyn Future<Output = u64> + Send + '_>> {
        Box::pin(async move {
            let permit = self.permit().await;
            let taken = self.keep(request.fitted(), replay_of).await;
            let id = taken.capture.id;
            let own = self.clone();
            tokio::spawn(async move {
                let (tell, _) = oneshot::channel();
                own.work_on(taken, tell).await;
                drop(permit);
            });
            id
        })
    }

    fn sign(&self, provider: &str, body: &[u8], anew: Option<&Request>) -> Result<Request, String> {
        let mut accounts = self.0.rules.accounts.iter();
        let account = accounts.find(|account| account.provider == provider);
        let account = account.ok_or_else(|| {
            format!("no account of `{provider}` is configured: start `listen` with --provider or --config")
        })?;
        sign(account, body, anew, SystemTime::now().into()).map_err(|failure| match failure {
            Failure::Usage(text) | Failure::Network(text) => text,
            Failure::Refused => "it cannot be signed".to_owned(),
        })
    }

    fn providers(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for account in &self.0.rules.accounts {
            let is_known = provider::describe(&account.provider).is_ok();
            if is_known && !names.contains(&account.provider) {
                names.push(account.provider.clone());
            }
        }
        names
    }

    fn forwards_to(&self) -> Vec<String> {
        let routes = self.0.rules.routes.iter();
        routes.map(|route| route.to.to_string()).collect()
    }

    fn answer(&self) -> (u16, u64) {
        *self.0.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_answer(&self, status: u16, delay_millis: u64) {
        *self.0.answer.lock().unwrap_or_else(PoisonError::into_inner) = (status, delay_millis);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("rules", &self.0.rules)
            .finish_non_exhaustive()
    }
}
