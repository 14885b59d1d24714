//! The middleware under actix-web.

use std::net::TcpListener;

use actix_web::{App, HttpRequest, HttpServer, web};
use webhook_actix::{Verified, Webhook};
use webhook_core::Delivery;

use crate::case::NUMBER;
use crate::servers::{Calls, Routes, TAKEN, attack};

#[test]
fn actix_web_withstands_every_attack() {
    attack(serve);
}

async fn take(
    request: HttpRequest,
    calls: web::Data<Calls>,
    _: Verified<Delivery>,
) -> &'static str {
    let number = request.headers().get(NUMBER);
    calls.note(number.map(|number| number.as_bytes()));
    TAKEN
}

fn serve(listener: TcpListener, routes: Routes, calls: Calls) {
    let calls = web::Data::new(calls);
    let app = move || {
        let routes = routes.clone();
        App::new().app_data(calls.clone()).configure(move |config| {
            for (path, endpoint) in routes {
                config.service(web::resource(path).wrap(Webhook::new(endpoint)).to(take));
            }
        })
    };
    let server = HttpServer::new(app).workers(1).disable_signals();
    actix_web::rt::System::new().block_on(async {
        server.listen(listener).unwrap().run().await.unwrap();
    });
}
