//! What Twilio's statuses mean for a message.

use crate::mailing::MessageStatus::{
    Accepted, Delivered, Dropped, Failed, Inbound, Opened, Resubscribed, Sent, Unsubscribed,
};
use crate::mailing::{Channel, DropReason, Meaning, Places, Rule};

/// What the statuses in Twilio's forms mean for a message.
pub const MAILING: Meaning = Meaning::new(
    SENT,
    &[
        Rule::new(&["accepted", "scheduled", "queued", "sending"], Accepted),
        Rule::new(&["sent"], Sent),
        Rule::new(&["delivered"], Delivered),
        Rule::new(&["read"], Opened),
        Rule::new(&["canceled"], Dropped(DropReason::Unknown)),
        Rule::new(&["undelivered", "failed"], Failed),
        Rule::by(
            &["received"],
            "/OptOutType",
            &[("STOP", Unsubscribed), ("START", Resubscribed)],
        )
        .places(&OPTED),
        Rule::new(&["received"], Inbound).places(&RECEIVED),
    ],
)
.of_a_form()
.kind_at(&["/MessageStatus", "/SmsStatus"]);

const _: () = assert!(MAILING.check().is_ok());

const ADDRESSES: &[(&str, Channel)] = &[("+", Channel::Sms), ("whatsapp:", Channel::WhatsApp)];

const SENT: Places = Places::NONE
    .channel_by_beginning("/To", ADDRESSES)
    .to(&["/To"])
    .from(&["/From"])
    .message_id(&["/MessageSid", "/SmsSid"])
    .reason(&["/ChannelStatusMessage"])
    .code(&["/ErrorCode"]);

const RECEIVED: Places = Places::NONE
    .channel_by_beginning("/From", ADDRESSES)
    .to(&["/To"])
    .from(&["/From"])
    .message_id(&["/MessageSid", "/SmsSid"]);

/// Whom it is about is who has sent it.
const OPTED: Places = Places::NONE
    .channel_by_beginning("/From", ADDRESSES)
    .to(&["/From"])
    .message_id(&["/MessageSid", "/SmsSid"])
    .list(&["/MessagingServiceSid"]);
