//! What Amazon SES tells of mail.

use crate::mailing::MessageStatus::{
    Accepted, Bounced, Clicked, Complained, Deferred, Delivered, Dropped, Inbound, Opened, Other,
    Resubscribed, Unsubscribed,
};
use crate::mailing::meaning::{Meaning, Rule};
use crate::mailing::places::Places;
use crate::mailing::status::{Bounce, Channel, DropReason};
use crate::rules::When;
use crate::time::TimeUnit;

/// What Amazon SES publishes to Amazon SNS, which delivers it as a text in `Message` and signs that: feedback notifications, events of
/// a configuration set, and mail that comes in. `provider::aws_sns` reads by it.
///
/// - A bounce or a delay tells of each recipient: each is an update. A complaint names all who may have complained; one of the type
///   `not-spam` says the contrary, and is `Other`.
/// - `Complaint` and `Bounce` are also told of messages to addresses on a suppression list, which SES did not try to send.
/// - `Subscription` is `Other` where somebody changes topics and neither leaves all of them nor comes back: read the body for them.
/// - `Reject` is a virus in the message.
///
/// What each kind means is from Amazon's ["Contents of event data that Amazon SES publishes to Amazon
/// SNS"](https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html).
///
/// ```
/// use webhook_core::{Provider, mailing};
///
/// const SNS: Provider = Provider::new("sns").mailing(&mailing::SES);
/// assert!(SNS.mailing_rules().is_some());
/// ```
pub const SES: Meaning = Meaning::new(
    MAIL,
    &[
        Rule::new(&["Send"], Accepted).places(&SEND),
        Rule::new(&["Delivery"], Delivered).places(&DELIVERY),
        Rule::new(&["DeliveryDelay"], Deferred).places(&DELAY),
        Rule::by(
            &["Bounce"],
            "/bounce/bounceSubType",
            &[
                ("Suppressed", Dropped(DropReason::Suppressed)),
                ("OnAccountSuppressionList", Dropped(DropReason::Suppressed)),
            ],
        )
        .places(&BOUNCE),
        Rule::by(
            &["Bounce"],
            "/bounce/bounceType",
            &[
                ("Permanent", Bounced(Bounce::Hard)),
                ("Transient", Bounced(Bounce::Soft)),
            ],
        )
        .places(&BOUNCE),
        Rule::new(&["Bounce"], Bounced(Bounce::Unknown)).places(&BOUNCE),
        Rule::by(
            &["Complaint"],
            "/complaint/complaintSubType",
            &[("OnAccountSuppressionList", Dropped(DropReason::Suppressed))],
        )
        .places(&COMPLAINT),
        Rule::by(
            &["Complaint"],
            "/complaint/complaintFeedbackType",
            &[("not-spam", Other)],
        )
        .places(&COMPLAINT),
        Rule::new(&["Complaint"], Complained).places(&COMPLAINT),
        Rule::new(&["Reject"], Dropped(DropReason::Content)),
        Rule::new(&["Rendering Failure"], Dropped(DropReason::Unknown)),
        Rule::new(&["Open"], Opened).places(&OPEN),
        Rule::new(&["Click"], Clicked).places(&CLICK),
        Rule::new(&["Subscription"], Unsubscribed)
            .when(&[When::Is(LEAVES_ALL, &["true"])])
            .places(&LIST),
        Rule::new(&["Subscription"], Resubscribed)
            .when(&[
                When::Is(LEAVES_ALL, &["false"]),
                When::Is(HAD_LEFT_ALL, &["true"]),
            ])
            .places(&LIST),
        Rule::new(&["Received"], Inbound).places(&RECEIVED),
    ],
)
.of_a_signed_text("/Message")
.kind_at(&["/eventType", "/notificationType"]);

const _: () = assert!(SES.check().is_ok());

const LEAVES_ALL: &str = "/subscription/newTopicPreferences/unsubscribeAll";
const HAD_LEFT_ALL: &str = "/subscription/oldTopicPreferences/unsubscribeAll";

const EMAIL: Places = Places::NONE
    .channel(Channel::Email)
    .from(&["/mail/source"])
    .message_id(&["/mail/messageId"]);

const MAIL: Places = EMAIL
    .to(&["/mail/destination/*"])
    .reason(&["/reject/reason", "/failure/errorMessage"]);

const SEND: Places = EMAIL
    .to(&["/mail/destination/*"])
    .time(TimeUnit::Rfc3339, &["/mail/timestamp"]);

const DELIVERY: Places = EMAIL
    .to(&["/delivery/recipients/*"])
    .reason(&["/delivery/smtpResponse"])
    .time(TimeUnit::Rfc3339, &["/delivery/timestamp"]);

const DELAY: Places = EMAIL
    .each("/deliveryDelay/delayedRecipients")
    .to(&["/deliveryDelay/delayedRecipients/*/emailAddress"])
    .reason(&[
        "/deliveryDelay/delayedRecipients/*/diagnosticCode",
        "/deliveryDelay/delayType",
    ])
    .code(&["/deliveryDelay/delayedRecipients/*/status"])
    .time(TimeUnit::Rfc3339, &["/deliveryDelay/timestamp"]);

const BOUNCE: Places = EMAIL
    .each("/bounce/bouncedRecipients")
    .to(&["/bounce/bouncedRecipients/*/emailAddress"])
    .reason(&[
        "/bounce/bouncedRecipients/*/diagnosticCode",
        "/bounce/bounceSubType",
    ])
    .code(&["/bounce/bouncedRecipients/*/status"])
    .time(TimeUnit::Rfc3339, &["/bounce/timestamp"]);

const COMPLAINT: Places = EMAIL
    .to(&["/complaint/complainedRecipients/*/emailAddress"])
    .code(&["/complaint/complaintFeedbackType"])
    .time(TimeUnit::Rfc3339, &["/complaint/timestamp"]);

const OPEN: Places = EMAIL
    .to(&["/mail/destination/*"])
    .time(TimeUnit::Rfc3339, &["/open/timestamp"]);

const CLICK: Places = EMAIL
    .to(&["/mail/destination/*"])
    .url(&["/click/link"])
    .time(TimeUnit::Rfc3339, &["/click/timestamp"]);

const LIST: Places = EMAIL
    .to(&["/mail/destination/*"])
    .list(&["/subscription/contactList"])
    .time(TimeUnit::Rfc3339, &["/subscription/timestamp"]);

const RECEIVED: Places = EMAIL
    .to(&["/receipt/recipients/*"])
    .time(TimeUnit::Rfc3339, &["/receipt/timestamp"]);
