//! Receives, verifies, explains and forwards.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use clap::Args;
use serde_json::Map;
use tokio::net::TcpListener;

use crate::account::AccountArgs;
use crate::commands::listen::accounts::{Accounts, accounts, secret};
use crate::commands::listen::browser;
use crate::commands::listen::routes::RouteArgs;
use crate::forward::{Kinds, Listener, Reach, Report, Rules, Server, Talk};
use crate::inspector::{Captures, Guard, router};
use crate::store::{Store, StoreArgs};
use crate::terminal::{Failure, Outcome, Terminal};

/// How many bytes of requests stay in memory, however many there are.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Receives on this computer only (127.0.0.1), says what each request is worth, and forwards it as it came.
#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub struct Listen {
    /// Receive at this port; 0 takes a free one
    #[arg(short, long, default_value_t = 4040)]
    pub port: u16,
    /// Where to.
    #[command(flatten)]
    pub to: RouteArgs,
    /// Verify for this provider; may be repeated. Without: for every account of --config, else for every variable such as
    /// GITHUB_WEBHOOK_SECRET that is set, else for Stripe with a fresh secret for tests
    #[arg(long, value_name = "NAME")]
    pub provider: Vec<String>,
    /// For whom.
    #[command(flatten)]
    pub accounts: AccountArgs,
    /// Forward only these kinds, such as `invoice.paid,charge.*`; others are answered with 200
    #[arg(short, long, value_name = "KIND,KIND")]
    pub events: Vec<String>,
    /// Refuse what is not genuine, as the library does, instead of forwarding it
    #[arg(long)]
    pub only_genuine: bool,
    /// Append every request to this.
    #[command(flatten)]
    pub store: StoreArgs,
    /// Answer with this status where nothing is forwarded
    #[arg(long, value_name = "STATUS", default_value_t = 200, value_parser = clap::value_parser!(u16).range(200..600))]
    pub answer: u16,
    /// Wait so long before that answer
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=600_000))]
    pub delay: u64,
    /// Keep the last so many requests in memory, and never more than 64 MiB of them
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: u32,
    /// Print only refusals and failures
    #[arg(short, long)]
    pub quiet: bool,
    /// Open the page in the browser
    #[arg(long)]
    pub open: bool,
    /// Print the secret of the first account and nothing else
    #[arg(long)]
    pub print_secret: bool,
    /// Forward to other computers too
    #[arg(long)]
    pub allow_remote: bool,
}

impl Listen {
    pub(in crate::commands) async fn run(self, terminal: &Terminal) -> Outcome {
        let accounts = accounts(&self.accounts, &self.provider)?;
        if self.print_secret {
            return print_secret(&accounts, terminal);
        }
        if self.accounts.shows_a_live_secret() {
            terminal.say("webhook-cli: this looks like a live secret, and others on this computer can see it: use --secret-env NAME");
        }
        let socket = self.socket().await?;
        let port = socket.local_addr().map_or(self.port, |own| own.port());
        let listener = self.listener(accounts.all, terminal)?;
        let guard = Guard::new(port)?;
        let page = guard.url();
        let server = Server::new(socket, listener.clone()).page(router(Arc::new(listener), guard));
        ready(port, &page, accounts.fresh.as_deref(), terminal);
        if self.open
            && let Err(error) = browser::open(&page)
        {
            terminal.say(&format!("webhook-cli: {error}"));
        }
        server.run(interrupted()).await;
        Ok(())
    }

    async fn socket(&self) -> Result<TcpListener, Failure> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        TcpListener::bind(address).await.map_err(|error| {
            Failure::Network(format!("{address}: {error}. Choose another one by --port"))
        })
    }

    fn listener(
        &self,
        accounts: Vec<webhook_core::explain::Account>,
        terminal: &Terminal,
    ) -> Result<Listener, Failure> {
        let reach = match self.allow_remote {
            true => Reach::Anywhere,
            false => Reach::Loopback,
        };
        let talk = match self.quiet {
            true => Talk::Failures,
            false => Talk::All,
        };
        let keep = usize::try_from(self.keep).unwrap_or(usize::MAX);
        let rules = Rules {
            accounts,
            routes: self.to.routes(reach)?,
            events: Kinds::of(&self.events.join(",")),
            only_genuine: self.only_genuine,
            answer: (self.answer, self.delay),
            store: self.store()?,
            report: Report::new(*terminal, talk),
        };
        Ok(Listener::new(rules, Captures::new(keep, MOST_BYTES)))
    }

    fn store(&self) -> Result<Option<Store>, Failure> {
        let open = |path: std::path::PathBuf| {
            let shown = path.display().to_string();
            Store::open(path).map_err(|error| Failure::usage(format!("--store {shown}: {error}")))
        };
        self.store.path_if_any().map(open).transpose()
    }
}

fn print_secret(accounts: &Accounts, terminal: &Terminal) -> Outcome {
    let secret = secret(&accounts.all)?;
    terminal.line(&secret);
    let members = [("secret".to_owned(), secret.into())];
    terminal.object("secret", Map::from_iter(members));
    Ok(())
}

fn ready(port: u16, page: &str, fresh: Option<&str>, terminal: &Terminal) {
    let url = format!("http://127.0.0.1:{port}");
    if terminal.json {
        let members = [
            ("url", url.into()),
            ("page", page.into()),
            ("test_secret", fresh.into()),
        ];
        let members = members.map(|(name, value)| (name.to_owned(), value));
        terminal.object("ready", Map::from_iter(members));
        return;
    }
    let secret = fresh.map_or_else(String::new, |secret| {
        format!(" Your webhook signing secret for this run is {secret}")
    });
    terminal.say(&format!("Ready! Listening on {url}.{secret} (^C to quit)"));
    terminal.say(&format!("Look at {page}"));
}

/// Waits until the user or the system wants the program to end.
async fn interrupted() {
    let by_user = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut by_system) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = by_user => {}
                _ = by_system.recv() => {}
            }
            return;
        }
    }
    drop(by_user.await);
}
