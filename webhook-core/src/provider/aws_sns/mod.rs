//! Amazon SNS (Simple Notification Service): messages of topics, to HTTPS subscriptions.
//!
//! | | |
//! |---|---|
//! | signature | `Signature` in the body: base64 RSA PKCS#1 v1.5 with SHA-1 (`SignatureVersion` 1) or SHA-256 (2) of members of the message: of each its name and its value, each with a line feed behind it |
//! | key | that of the certificate at `SigningCertURL` in the body; see [`CertificateSource`] |
//! | time window | none of SNS's; a [`Tolerance`] of your own if you like: `Timestamp` is signed |
//! | event id | `MessageId` in the body, signed; a repeat keeps it |
//! | kind | `Type` in the body, signed: `Notification`, `SubscriptionConfirmation`, `UnsubscribeConfirmation` |
//! | set-up | `SubscriptionConfirmation`, signed: answered with 200 and **not confirmed**, or handed to your handler, which confirms it |
//!
//! # What to know
//!
//! - **The topics are a required setting.** Anybody with an AWS account can have SNS sign a message of a topic of their own and send it to
//!   you. What is of another topic is refused, and nothing is got for it.
//! - A certificate is got from `https://sns.REGION.amazonaws.com/….pem` alone, or the same with `.cn` behind it in China: no other host, no port, no
//!   user, no query. What vouches for the certificate is that address, since SNS publishes none that leads from it to a root; its validity is judged.
//! - Signed are `Message`, `MessageId`, `Timestamp`, `TopicArn` and `Type`; of a notification `Subject` too, of a confirmation `Token` and
//!   `SubscribeURL`. **Not signed** are `MessageAttributes`, `UnsubscribeURL` and the headers `x-amz-sns-…`. [`Event`] has what is signed.
//! - In no signed member but `Message` may a control character stand: else a part of a message could be read as the members behind it.
//! - Nothing is confirmed by itself. With [`AwsSns::deliver_confirmations`], the setting `confirmations` = `delivered`, a
//!   `SubscriptionConfirmation` comes to the handler, and [`Confirmation::url`] gives its URL if that is one of SNS. Without it, SNS gets
//!   200 and the subscription stays unconfirmed.
//! - An `UnsubscribeConfirmation` always comes to the handler. Its [`Confirmation`] would subscribe again.
//! - SNS signs with SHA-1 unless the topic has `SignatureVersion` 2. Set that, and the setting `signature_version` = `2`, to refuse SHA-1.
//! - Raw message delivery sends the message alone, without a signature: it is refused. Turn it off.
//! - The content type is `text/plain`.
//!
//! - What Amazon SES publishes by SNS can be read as [`MessageUpdates`](crate::mailing::MessageUpdates), by the rules of
//!   [`SES`](crate::mailing::SES).
//!
//! Checked against `sns-validator` 0.3.5 (JavaScript). Documentation:
//! ["Verifying the signatures of Amazon SNS messages"](https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).
//!
//! Dedupe tells events apart by: `MessageId`, kind.
//!
//! # Messages
//!
//! Of what Amazon SES publishes, which stands as JSON in `Message`:
//!
//! The kind is `eventType`, else `notificationType`.
//!
//! | kind | where | status |
//! |---|---|---|
//! | `Send` |  | `Accepted` |
//! | `Delivery` |  | `Delivered` |
//! | `DeliveryDelay` |  | `Deferred` |
//! | `Bounce` | `bounce.bounceSubType` is `Suppressed` or `OnAccountSuppressionList` | `Dropped(Suppressed)` |
//! | `Bounce` | `bounce.bounceType` is `Permanent` | `Bounced(Hard)` |
//! | `Bounce` | `bounce.bounceType` is `Transient` | `Bounced(Soft)` |
//! | `Bounce` |  | `Bounced(Unknown)` |
//! | `Complaint` | `complaint.complaintSubType` is `OnAccountSuppressionList` | `Dropped(Suppressed)` |
//! | `Complaint` | `complaint.complaintFeedbackType` is `not-spam` | `Other` |
//! | `Complaint` |  | `Complained` |
//! | `Reject` |  | `Dropped(Content)` |
//! | `Rendering Failure` |  | `Dropped(Unknown)` |
//! | `Open` |  | `Opened` |
//! | `Click` |  | `Clicked` |
//! | `Subscription` | `subscription.newTopicPreferences.unsubscribeAll` is `true` | `Unsubscribed` |
//! | `Subscription` | `subscription.newTopicPreferences.unsubscribeAll` is `false` and `subscription.oldTopicPreferences.unsubscribeAll` is `true` | `Resubscribed` |
//! | `Received` |  | `Inbound` |
//! | all others | | `Other` |
//!
//! | field | `Send` | `Delivery` | `DeliveryDelay` | `Bounce` | `Complaint` | `Open` | `Click` | `Subscription` | `Received` | all others |
//! |---|---|---|---|---|---|---|---|---|---|---|
//! | channel | always `Email` | always `Email` | always `Email` | always `Email` | always `Email` | always `Email` | always `Email` | always `Email` | always `Email` | always `Email` |
//! | to | `mail.destination.*` | `delivery.recipients.*` | `deliveryDelay.delayedRecipients.*.emailAddress`, each an update of its own | `bounce.bouncedRecipients.*.emailAddress`, each an update of its own | `complaint.complainedRecipients.*.emailAddress` | `mail.destination.*` | `mail.destination.*` | `mail.destination.*` | `receipt.recipients.*` | `mail.destination.*` |
//! | from | `mail.source` | `mail.source` | `mail.source` | `mail.source` | `mail.source` | `mail.source` | `mail.source` | `mail.source` | `mail.source` | `mail.source` |
//! | message id | `mail.messageId` | `mail.messageId` | `mail.messageId` | `mail.messageId` | `mail.messageId` | `mail.messageId` | `mail.messageId` | `mail.messageId` | `mail.messageId` | `mail.messageId` |
//! | list |  |  |  |  |  |  |  | `subscription.contactList` |  |  |
//! | reason |  | `delivery.smtpResponse` | `deliveryDelay.delayedRecipients.*.diagnosticCode`, else `deliveryDelay.delayType` | `bounce.bouncedRecipients.*.diagnosticCode`, else `bounce.bounceSubType` |  |  |  |  |  | `reject.reason`, else `failure.errorMessage` |
//! | code |  |  | `deliveryDelay.delayedRecipients.*.status` | `bounce.bouncedRecipients.*.status` | `complaint.complaintFeedbackType` |  |  |  |  |  |
//! | URL |  |  |  |  |  |  | `click.link` |  |  |  |
//! | time | `mail.timestamp`, by RFC 3339 | `delivery.timestamp`, by RFC 3339 | `deliveryDelay.timestamp`, by RFC 3339 | `bounce.timestamp`, by RFC 3339 | `complaint.timestamp`, by RFC 3339 | `open.timestamp`, by RFC 3339 | `click.timestamp`, by RFC 3339 | `subscription.timestamp`, by RFC 3339 | `receipt.timestamp`, by RFC 3339 |  |

mod address;
mod event;
#[cfg(feature = "testing")]
mod signer;
#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
mod verify;

use std::sync::Arc;

#[cfg(doc)]
use crate::Tolerance;
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(doc)]
use crate::published::CertificateSource;

pub use event::{Confirmation, Event, kind};
#[cfg(feature = "testing")]
pub use signer::{Signer, TEST_CERTIFICATE_PEM, TEST_CERTIFICATE_URL};
pub use verify::AwsSns;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(AwsSns::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About =
    About::new(Group::Developer, "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html")
        .setup(&[
            "In the SNS console, open the topic and copy its ARN. It becomes `topic_arns`.",
            "Set `SignatureVersion` of the topic to 2, by `aws sns set-topic-attributes`, and `signature_version` to `2`.",
            "Set `confirmations` to `delivered`, let the handler ask the URL of the confirmation, and start the endpoint.",
            "Create a subscription with the protocol HTTPS and the URL of the endpoint, and leave raw message delivery off.",
        ])
        .settings(&[
            Setting::required(
                "topic_arns",
                "the ARN of the topic: one or a list; messages of others are refused",
            ),
            Setting::optional(
                "certs",
                "a table of certificates in PEM by their URL; fetched if absent, with the feature `fetch`",
            ),
            Setting::optional(
                "signature_version",
                "`2` to refuse messages that are signed with SHA-1",
            ),
            Setting::optional(
                "confirmations",
                "`delivered` to hand `SubscriptionConfirmation` to the handler; `answered`, the default, tells nobody",
            ),
            Setting::optional("tolerance_seconds", "how old a signed time may be; any if absent"),
            Setting::optional(
                "future_tolerance_seconds",
                "how far ahead it may be; the same if absent",
            ),
        ])
        .headers(&["x-amz-sns-rawdelivery"])
        .signed(
            "RSA with SHA-1 or SHA-256 in base64 of members of the message, each with its name: Message, MessageId, Subject or \
             SubscribeURL, Timestamp, Token, TopicArn, Type",
        )
        .handshakes(&[
            "signed, where `Type` is `SubscriptionConfirmation`: answered with 200 and not confirmed, unless it is delivered",
        ]);
