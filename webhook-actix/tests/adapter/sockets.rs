//! What only shows over a connection.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::rt::task::spawn_blocking;
use actix_web::{App, HttpServer, web};
use webhook_actix::Verified;
use webhook_core::Delivery;
use webhook_core::testing::SignedRequest;

use crate::common::*;

pub(crate) type Calls = web::Data<AtomicUsize>;

async fn talk(client: fn(TcpStream) -> String) -> (String, usize) {
    async fn handler(calls: Calls, _: Verified<Delivery>) -> &'static str {
        calls.fetch_add(1, Ordering::SeqCst);
        "taken"
    }
    let routes = |config: &mut web::ServiceConfig| {
        config.route("/", web::to(handler));
    };
    talk_to(routes, client).await
}

/// What a client reads until the server has nothing more to say, and how often a handler ran.
pub(crate) async fn talk_to(
    routes: fn(&mut web::ServiceConfig),
    client: impl FnOnce(TcpStream) -> String + Send + 'static,
) -> (String, usize) {
    let calls = Calls::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(stripe())
            .app_data(counted.clone())
            .configure(routes)
    });
    let server = server.workers(1).bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let answers = spawn_blocking(move || client(TcpStream::connect(address).unwrap())).await;
    handle.stop(true).await;
    (answers.unwrap(), calls.load(Ordering::SeqCst))
}

/// `framing` is the header that says how long the body is.
pub(crate) fn wire(signed: &SignedRequest, framing: &str, body: &str) -> String {
    let target = &signed.target;
    let mut wire = format!("POST {target} HTTP/1.1\r\nhost: localhost\r\n{framing}\r\n");
    for (name, value) in &signed.headers {
        wire += &format!("{name}: {value}\r\n");
    }
    wire + "\r\n" + body
}

fn body() -> &'static str {
    std::str::from_utf8(BODY).unwrap()
}

pub(crate) fn rest(mut stream: TcpStream) -> String {
    let mut rest = String::new();
    // A reset ends an answer too.
    let _ = stream.read_to_string(&mut rest);
    rest
}

pub(crate) fn statuses(answers: &str) -> Vec<&str> {
    let starts = answers.split("HTTP/1.1 ").skip(1);
    starts.filter_map(|start| start.get(..3)).collect()
}

#[actix_web::test]
async fn a_connection_stays_usable_after_a_refused_body() {
    let (answers, calls) = talk(|mut stream| {
        let forged = wire(&signed(BODY), "content-length: 2", "{}");
        stream.write_all(forged.as_bytes()).unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        let length = format!("content-length: {}", BODY.len());
        let genuine = wire(&signed(BODY), &length, body());
        stream.write_all(genuine.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        String::from_utf8(first.to_vec()).unwrap() + &rest(stream)
    })
    .await;
    assert_eq!((statuses(&answers), calls), (vec!["401", "200"], 1));
}

#[actix_web::test]
async fn a_body_shorter_than_its_length_never_reaches_the_handler() {
    let (answers, calls) = talk(|mut stream| {
        let length = format!("content-length: {}", BODY.len() + 1);
        let cut = wire(&signed(BODY), &length, body());
        stream.write_all(cut.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        rest(stream)
    })
    .await;
    assert_eq!(calls, 0);
    assert!(
        answers.is_empty() || statuses(&answers) == ["400"],
        "{answers}"
    );
}

#[actix_web::test]
async fn chunks_without_their_end_never_reach_the_handler() {
    let (_, calls) = talk(|mut stream| {
        let chunk = format!("{:x}\r\n{}", BODY.len(), &body()[..9]);
        let cut = wire(&signed(BODY), "transfer-encoding: chunked", &chunk);
        stream.write_all(cut.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        rest(stream)
    })
    .await;
    assert_eq!(calls, 0);
}
