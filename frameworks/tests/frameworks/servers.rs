//! A server of each framework, and the cases that it gets.

use std::net::{Ipv4Addr, SocketAddr};

use futures_util::future::BoxFuture;
use hyper::Version;
use rocket::fairing::AdHoc;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use webhook_core::Endpoint;
use webhook_frameworks::Shop;

use crate::cases::{Journal, cases, endpoint};
use crate::client::send;
use crate::examples;

/// Starts a server, and says where it listens. It ends with the test's runtime.
type Start = fn(Endpoint, Shop) -> BoxFuture<'static, SocketAddr>;

/// Sends every case by every version of HTTP, each version to a server of its own.
async fn only_genuine_events_get_through(framework: &str, start: Start) {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let journal = Journal::default();
        let address = start(endpoint(), journal.shop()).await;
        for case in cases() {
            let who = format!("{framework}, {version:?}, {}", case.name);
            let answer = send(address, version, case.request, case.framing).await;
            assert_eq!(answer.version(), version, "{who}");
            case.want.check(&who, &answer, &journal.take());
        }
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn hyper(endpoint: Endpoint, shop: Shop) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(examples::hyper::serve(listener, endpoint, shop));
    address
}

async fn poem(endpoint: Endpoint, shop: Shop) -> SocketAddr {
    let (listener, address) = listen().await;
    let acceptor = poem::listener::TcpAcceptor::from_tokio(listener).unwrap();
    let app = examples::poem::app(endpoint, shop);
    tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(app));
    address
}

async fn salvo(endpoint: Endpoint, shop: Shop) -> SocketAddr {
    let (listener, address) = listen().await;
    let acceptor = salvo::conn::tcp::TcpAcceptor::try_from(listener).unwrap();
    let app = examples::salvo::app(endpoint, shop);
    tokio::spawn(salvo::Server::new(acceptor).try_serve(app));
    address
}

pub(crate) async fn tonic(endpoint: Endpoint, shop: Shop) -> SocketAddr {
    let (listener, address) = listen().await;
    let app = examples::tonic::app(endpoint, shop).await;
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

async fn warp(endpoint: Endpoint, shop: Shop) -> SocketAddr {
    let (listener, address) = listen().await;
    let app = examples::warp::app(endpoint, shop);
    tokio::spawn(warp::serve(app).incoming(listener).run());
    address
}

/// Rocket opens its socket itself, and says afterwards where.
async fn rocket(endpoint: Endpoint, shop: Shop) -> SocketAddr {
    let config = rocket::Config {
        port: 0,
        log_level: rocket::config::LogLevel::Off,
        ..rocket::Config::debug_default()
    };
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let say = AdHoc::on_liftoff("says where", move |rocket| {
        Box::pin(async move {
            let config = rocket.config();
            sender.send((config.address, config.port)).unwrap();
        })
    });
    let app = examples::rocket::app(rocket::custom(config), endpoint, shop).attach(say);
    tokio::spawn(app.launch());
    receiver.recv().await.unwrap().into()
}

macro_rules! frameworks {
    ($($test:ident: $start:ident,)*) => {
        $(
            #[tokio::test]
            async fn $test() {
                let start: Start = |endpoint, shop| Box::pin($start(endpoint, shop));
                only_genuine_events_get_through(stringify!($start), start).await;
            }
        )*
    };
}

frameworks! {
    only_genuine_events_get_through_hyper: hyper,
    only_genuine_events_get_through_poem: poem,
    only_genuine_events_get_through_rocket: rocket,
    only_genuine_events_get_through_salvo: salvo,
    only_genuine_events_get_through_tonic: tonic,
    only_genuine_events_get_through_warp: warp,
}
