//! Postmark: deliveries, bounces, opens, clicks, inbound emails.
//!
//! | | |
//! |---|---|
//! | signature | **none**: `Authorization: Basic` shows the user name and the password of the webhook |
//! | time window | none |
//! | event id | none: `MessageID` is that of the email |
//! | kind | `RecordType` in the body, not signed |
//!
//! Settings: `username`, and `password`: one or a list, any may match.
//!
//! # What to know
//!
//! - Nothing of the request is signed. Whoever learns the password, from a log or a proxy, can send anything.
//! - User name and password stand in the URL that Postmark is given, `https://user:password@shop.example/…`, or are entered beside it. What is not a letter or a digit is
//!   percent-encoded there, and plain in the settings.
//! - A webhook without basic authentication is refused here.
//! - An email has one `MessageID` through all that happens to it: do not take it for the id of an event.
//! - 403 makes Postmark give up, any other refusal makes it try again. The library never answers 403 here.
//!
//! # Messages
//!
//! Since nothing of the event is signed, each update is `Unconfirmed`, and all of this is in its `unverified` part.
//!
//! The kind is `RecordType`.
//!
//! | kind | where | status |
//! |---|---|---|
//! | `Delivery` |  | `Delivered` |
//! | `Open` |  | `Opened` |
//! | `Click` |  | `Clicked` |
//! | `SpamComplaint` |  | `Complained` |
//! | `Bounce` | `Type` is `HardBounce` | `Bounced(Hard)` |
//! | `Bounce` | `Type` is `SoftBounce` or `DnsError` or `Blocked` | `Bounced(Soft)` |
//! | `Bounce` | `Type` is `Transient` | `Deferred` |
//! | `Bounce` | `Type` is `BadEmailAddress` | `Dropped(Invalid)` |
//! | `Bounce` | `Type` is `ManuallyDeactivated` | `Dropped(Suppressed)` |
//! | `Bounce` | `Type` is `Unconfirmed` or `SMTPApiError` or `TemplateRenderingFailed` | `Dropped(Unknown)` |
//! | `Bounce` | `Type` is `SpamComplaint` | `Complained` |
//! | `Bounce` | `Type` is `Unsubscribe` | `Unsubscribed` |
//! | `Bounce` | `Type` is `Subscribe` | `Resubscribed` |
//! | `Bounce` | `Type` is `AutoResponder` or `AddressChange` or `OpenRelayTest` or `VirusNotification` or `ChallengeVerification` or `InboundError` | `Other` |
//! | `Bounce` |  | `Bounced(Unknown)` |
//! | `SubscriptionChange` | `SuppressSending` is `true` and `Origin` is `Recipient` and `SuppressionReason` is `HardBounce` | `Bounced(Hard)` |
//! | `SubscriptionChange` | `SuppressSending` is `true` and `Origin` is `Recipient` and `SuppressionReason` is `SpamComplaint` | `Complained` |
//! | `SubscriptionChange` | `SuppressSending` is `true` and `Origin` is `Recipient` and `SuppressionReason` is `ManualSuppression` | `Unsubscribed` |
//! | `SubscriptionChange` | `SuppressSending` is `false` and `Origin` is `Recipient` | `Resubscribed` |
//! | any other | `RecordType` is not there and `FromFull` is there | `Inbound` |
//! | all others | | `Other` |
//!
//! | field | `Delivery` | `Click` | `SpamComplaint`, `Bounce` | `SubscriptionChange` | any other | all others |
//! |---|---|---|---|---|---|---|
//! | channel | always `Email` | always `Email` | always `Email` | always `Email` | always `Email` | always `Email` |
//! | to | `Recipient` | `Recipient` | `Email` | `Recipient` | `ToFull.*.Email` | `Recipient` |
//! | from |  |  | `From` |  | `FromFull.Email` |  |
//! | message id | `MessageID` | `MessageID` | `MessageID` | `MessageID` | `MessageID` | `MessageID` |
//! | list |  |  |  | `MessageStream` |  |  |
//! | reason | `Details` |  | `Details`, else `Description` |  |  |  |
//! | code |  |  | `Type` |  |  |  |
//! | URL |  | `OriginalLink` |  |  |  |  |
//! | time | `DeliveredAt`, by RFC 3339 | `ReceivedAt`, by RFC 3339 | `BouncedAt`, by RFC 3339 | `ChangedAt`, by RFC 3339 |  | `ReceivedAt`, by RFC 3339 |
//!
//! - A bounce of a type that is not listed is `Bounced(Unknown)`.
//! - `SpamNotification` may be the recipient's server, or its user: `Bounced(Unknown)`.
//! - A change of the suppression list is what the recipient wants only where `Origin` says so. What you or Postmark have done is `Other`.
//!   The list is the message stream.
//! - Email that comes in has no `RecordType`: it is known by `FromFull`. Its `Date` is its sender's text, and is not read.
//! - What each kind means is from Postmark's ["Bounce webhook"](https://postmarkapp.com/developer/webhooks/bounce-webhook),
//!   ["Subscription change webhook"](https://postmarkapp.com/developer/webhooks/subscription-change-webhook) and
//!   ["Inbound webhook"](https://postmarkapp.com/developer/webhooks/inbound-webhook), and those beside them.
//!
//! Checked against vectors that we computed. Documentation:
//! ["Webhooks overview"](https://postmarkapp.com/developer/webhooks/webhooks-overview).
//!
//! Dedupe tells events apart by: body, unsigned. A repeat is handled again if it is not recognised: rendered anew.

use std::sync::Arc;

use crate::crypto::Algorithm;
use crate::mailing::MessageStatus::{
    Bounced, Clicked, Complained, Deferred, Delivered, Dropped, Inbound, Opened, Other,
    Resubscribed, Unsubscribed,
};
use crate::mailing::{Bounce, Channel, DropReason, Meaning, Places, Rule, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::basic_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::Scheme;
#[cfg(feature = "testing")]
use crate::testing::{BasicSigner, Sample, SampleKeys, Sign};
use crate::time::TimeUnit;
use crate::verify::Login;
#[cfg(feature = "testing")]
use crate::{ConfigError, Settings};

pub(crate) const PROVIDER: Registered = Registered::custom(NAMES.provider(), &ABOUT, |settings| {
    Ok(Arc::new(Postmark(Login::configured(NAMES, settings)?)))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Messages, "https://postmarkapp.com/developer/webhooks/webhooks-overview")
    .setup(&[
        "Choose a user name and a long random password. They become `username` and `password`.",
        "In the message stream of the server, open Webhooks, and add a webhook with the URL, both as basic authentication, and its events.",
    ])
    .settings(&[
        Setting::required(
            "username",
            "the user name of the basic authentication, as you entered it at Postmark",
        ),
        Setting::required(
            "password",
            "the password that belongs to it: one or a list, any of which may match",
        ),
    ])
    .headers(&["authorization"])
    .signed("nothing: the sender shows a user name and a password itself");

/// Where the kind stands.
const NAMES: Scheme = Scheme::new("postmark", Algorithm::Token)
    .kind(&[Field::Json("/RecordType")])
    .mailing(&MAILING);

/// What Postmark's kinds mean for a message.
pub const MAILING: Meaning = Meaning::new(
    EMAIL,
    &[
        Rule::new(&["Delivery"], Delivered).places(&DELIVERY),
        Rule::new(&["Open"], Opened),
        Rule::new(&["Click"], Clicked).places(&CLICK),
        Rule::new(&["SpamComplaint"], Complained).places(&BOUNCE),
        Rule::by(
            &["Bounce"],
            "/Type",
            &[
                ("HardBounce", Bounced(Bounce::Hard)),
                ("SoftBounce", Bounced(Bounce::Soft)),
                ("DnsError", Bounced(Bounce::Soft)),
                ("Blocked", Bounced(Bounce::Soft)),
                ("Transient", Deferred),
                ("BadEmailAddress", Dropped(DropReason::Invalid)),
                ("ManuallyDeactivated", Dropped(DropReason::Suppressed)),
                ("Unconfirmed", Dropped(DropReason::Unknown)),
                ("SMTPApiError", Dropped(DropReason::Unknown)),
                ("TemplateRenderingFailed", Dropped(DropReason::Unknown)),
                ("SpamComplaint", Complained),
                ("Unsubscribe", Unsubscribed),
                ("Subscribe", Resubscribed),
                ("AutoResponder", Other),
                ("AddressChange", Other),
                ("OpenRelayTest", Other),
                ("VirusNotification", Other),
                ("ChallengeVerification", Other),
                ("InboundError", Other),
            ],
        )
        .places(&BOUNCE),
        Rule::new(&["Bounce"], Bounced(Bounce::Unknown)).places(&BOUNCE),
        Rule::by(
            &["SubscriptionChange"],
            "/SuppressionReason",
            &[
                ("HardBounce", Bounced(Bounce::Hard)),
                ("SpamComplaint", Complained),
                ("ManualSuppression", Unsubscribed),
            ],
        )
        .when(&[
            When::Is("/SuppressSending", &["true"]),
            When::Is("/Origin", &["Recipient"]),
        ])
        .places(&LIST),
        Rule::new(&["SubscriptionChange"], Resubscribed)
            .when(&[
                When::Is("/SuppressSending", &["false"]),
                When::Is("/Origin", &["Recipient"]),
            ])
            .places(&LIST),
        Rule::new(&["*"], Inbound)
            .when(&[When::Absent("/RecordType"), When::Present("/FromFull")])
            .places(&RECEIVED),
    ],
)
.kind_at(&["/RecordType"]);

const _: () = assert!(MAILING.check().is_ok());

const EMAIL: Places = Places::NONE
    .channel(Channel::Email)
    .to(&["/Recipient"])
    .message_id(&["/MessageID"])
    .time(TimeUnit::Rfc3339, &["/ReceivedAt"]);

const DELIVERY: Places = EMAIL
    .reason(&["/Details"])
    .time(TimeUnit::Rfc3339, &["/DeliveredAt"]);

const CLICK: Places = EMAIL.url(&["/OriginalLink"]);

const LIST: Places = EMAIL
    .list(&["/MessageStream"])
    .time(TimeUnit::Rfc3339, &["/ChangedAt"]);

const BOUNCE: Places = Places::NONE
    .channel(Channel::Email)
    .to(&["/Email"])
    .from(&["/From"])
    .message_id(&["/MessageID"])
    .reason(&["/Details", "/Description"])
    .code(&["/Type"])
    .time(TimeUnit::Rfc3339, &["/BouncedAt"]);

const RECEIVED: Places = Places::NONE
    .channel(Channel::Email)
    .to(&["/ToFull/*/Email"])
    .from(&["/FromFull/Email"])
    .message_id(&["/MessageID"]);

basic_provider! {
    /// Verifies that a request shows the user name and the password of a webhook with Postmark.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::postmark::Postmark;
    ///
    /// let endpoint = Endpoint::new(Postmark::new("postmark", ["new password", "old password"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Postmark, NAMES
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(BasicSigner::configured(settings)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let sample = BasicSigner::sample(NAMES.name(), keys, |keys| {
        Postmark::new(BasicSigner::USER, keys)
    })?;
    Ok(vec![Sample { id: None, ..sample }])
}
