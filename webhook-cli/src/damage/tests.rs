//! Every damage of every provider, in each of its ways of signing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use webhook_core::testing::{self, FixedClock, SampleKeys, receive};
use webhook_core::{UnixTime, provider};

use super::alter::signed;
use super::*;
use crate::account::Account;
use crate::samples::{Order, Sample, list};
use crate::terminal::Failure;

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// What is sent by this way of signing.
fn sample_for(way: &testing::Sample) -> Sample {
    let samples = list(way.provider);
    let own = samples
        .iter()
        .find(|sample| sample.sender == Some(way.name));
    own.unwrap_or(&samples[0]).clone()
}

/// The account that it is sent from and to.
fn accounts(way: &testing::Sample, sample: &Sample) -> [Account; 2] {
    let mut settings = way.settings.as_object().unwrap().clone();
    settings.extend(sample.settings.clone());
    let to = Account::new(way.provider, settings.clone());
    let key = match way.provider {
        "alipay" | "ebanx" | "wechat-pay" | "wise" => Some(include_str!(
            "../../../webhook-core/src/testing/keys/wise/private-key.pem"
        )),
        _ if settings.contains_key("public_keys") => way.scheme.as_ref().map(|by| by.secret),
        _ => None,
    };
    settings.extend(key.map(|key| ("private_key".to_owned(), key.into())));
    [Account::new(way.provider, settings), to]
}

/// What the receiver says to each of the requests.
async fn codes(damage: &Damage, way: &testing::Sample) -> Result<Vec<String>, Failure> {
    let sample = sample_for(way);
    let [from, to] = accounts(way, &sample);
    let made = damage.make(&Order::of_sample(&sample, NOW), &from).await?;
    let endpoint = to.endpoint()?.clock(FixedClock::at(NOW));
    let mut codes = Vec::new();
    for _ in 0..damage.times() {
        let answer = receive(&endpoint, signed(&made.request).unwrap()).await;
        codes.push(answer.map_or_else(|answer| answer.code().to_owned(), |_| "ok".to_owned()));
    }
    Ok(codes)
}

#[tokio::test]
async fn a_receiver_says_to_every_damage_what_the_table_says() {
    let (mut wrong, mut refused, mut spoiled) = (String::new(), 0, 0);
    for name in provider::names() {
        for way in provider::samples(name, &SampleKeys::new()).unwrap() {
            let [from, _] = accounts(&way, &sample_for(&way));
            for damage in ALL {
                let got = codes(damage, &way).await;
                match (damage.codes(&from), got) {
                    (Ok(wanted), Ok(got))
                        if got.iter().all(|code| wanted.contains(&code.as_str())) =>
                    {
                        spoiled += 1;
                    }
                    (Err(_), Err(Failure::Usage(_))) => refused += 1,
                    (wanted, got) => wrong.push_str(&format!(
                        "{}, {}: {got:?}, not {wanted:?}\n",
                        way.name, damage.name
                    )),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Far below what there is.
    assert!(spoiled > 300 && refused > 30, "{spoiled} {refused}");
}

#[test]
fn an_unknown_damage_is_answered_with_all_that_there_are() {
    let Err(Failure::Usage(text)) = find("terrible") else {
        panic!("there is such a damage");
    };
    assert!(
        ALL.iter().all(|damage| text.contains(damage.name)),
        "{text}"
    );
    assert_eq!(find("no-signature").unwrap().name, "unsigned");
}
