//! The tables of the catalogue. Every row begins with its number there; the attack suite of `examples` sends them to servers.
//!
//! Values are templates, see [`Words`](super::forge::Words).

use crate::ID;

// In the tables a row is a line, whatever its length.

/// Name (with its number in the catalogue), value of the signature header or none, code.
pub type Row = (&'static str, Option<&'static str>, &'static str);

/// Rows for a code in hexadecimal digits after `{p}`: GitHub, Slack.
#[rustfmt::skip]
pub const HEX: &[Row] = &[
    ("B01 absent", None, "missing_signature"),
    ("B02 empty", Some(""), "missing_signature"),
    ("B03 blank", Some("  \t "), "missing_signature"),
    ("B04 no text", Some("{ff}{ff}{ff}"), "malformed"),
    ("B04 no text after the prefix", Some("{p}{ff}{hex}"), "bad_signature"),
    ("B05 over 8 KiB", Some("{p}{hex}{8k}"), "malformed"),
    ("B05 up to 8 KiB", Some("{p}{hex}{4k}"), "bad_signature"),
    ("B07 a byte more", Some("{p}{hex}00"), "bad_signature"),
    ("B07 twice", Some("{p}{hex}{hex}"), "bad_signature"),
    ("B08 nothing after the prefix", Some("{p}"), "bad_signature"),
    ("B09 a digit more", Some("{p}{hex}0"), "bad_signature"),
    ("B09 a digit less", Some("{p}{short}"), "bad_signature"),
    ("B10 two bytes for a letter", Some("{p}aéa{hex}"), "bad_signature"),
    ("B11 sign", Some("{p}+{short}"), "bad_signature"),
    ("B11 0x", Some("{p}0x{hex}"), "bad_signature"),
    ("B11 space before", Some("{p} {hex}"), "bad_signature"),
    ("B11 space within", Some("{p}{half} {half2}"), "bad_signature"),
    ("B11 line feed within", Some("{p}{half}\n{half2}"), "bad_signature"),
    ("B11 NUL behind", Some("{p}{hex}\0"), "bad_signature"),
    ("B14 base64", Some("{p}{base64}"), "bad_signature"),
    ("B15 prefix of SHA-1", Some("sha1={hex}"), "malformed"),
    ("B15 prefix of SHA-512", Some("sha512={hex}"), "malformed"),
    ("B15 prefix in capitals", Some("{P}{hex}"), "malformed"),
    ("B15 no prefix", Some("{hex}"), "malformed"),
    ("B15 another version", Some("v1={hex}"), "malformed"),
    ("B15 a space before the prefix's mark", Some("v0 ={hex}"), "malformed"),
    ("B21 list with commas", Some("{p}{hex},{p}{hex}"), "bad_signature"),
    ("B21 list with spaces", Some("{p}{hex} {p}{hex}"), "bad_signature"),
    ("B21 comma behind", Some("{p}{hex},"), "bad_signature"),
    ("B24 lines folded by a proxy", Some("{p}{hex}, {p}{hex}"), "bad_signature"),
    ("B27 SHA-1", Some("{p}{sha1}"), "bad_signature"),
    ("B27 SHA-512", Some("{p}{sha512}"), "bad_signature"),
    ("B27 SHA-512 cut", Some("{p}{sha512cut}"), "bad_signature"),
    ("B28 of another body", Some("{p}{other}"), "bad_signature"),
    ("B28 keyless", Some("{p}{digest}"), "bad_signature"),
    ("B30 keyed with another", Some("{p}{stranger}"), "bad_signature"),
];

/// Rows for a code in base64 that is the whole value: Square, Shopify.
#[rustfmt::skip]
pub const BASE64: &[Row] = &[
    ("B01 absent", None, "missing_signature"),
    ("B02 empty", Some(""), "missing_signature"),
    ("B03 blank", Some("   "), "missing_signature"),
    ("B04 no text", Some("{ff}{ff}"), "bad_signature"),
    ("B05 over 8 KiB", Some("{base64}{8k}"), "malformed"),
    ("B07 a byte more", Some("{long64}"), "bad_signature"),
    ("B08 padding alone", Some("===="), "bad_signature"),
    ("B13 no padding", Some("{unpadded}"), "bad_signature"),
    ("B13 padding too much", Some("{base64}="), "bad_signature"),
    ("B13 padding too much by four", Some("{base64}===="), "bad_signature"),
    ("B13 URL alphabet", Some("{url64}="), "bad_signature"),
    ("B13 loose last bits", Some("{loose}"), "bad_signature"),
    ("B13 line feed within", Some("{unpadded}\n="), "bad_signature"),
    ("B13 space within", Some("{unpadded} ="), "bad_signature"),
    ("B14 hexadecimal digits", Some("{hex}"), "bad_signature"),
    ("B14 base64 of the digits", Some("{hex64}"), "bad_signature"),
    ("B15 a prefix", Some("sha256={base64}"), "bad_signature"),
    ("B24 lines folded by a proxy", Some("{base64}, {base64}"), "bad_signature"),
    ("B27 SHA-1", Some("{sha1_64}"), "bad_signature"),
    ("B27 SHA-512", Some("{sha512_64}"), "bad_signature"),
    ("B28 of another body", Some("{other64}"), "bad_signature"),
    ("B28 keyless", Some("{digest64}"), "bad_signature"),
    ("B30 keyed with another", Some("{stranger64}"), "bad_signature"),
];

/// Rows for Stripe's list.
#[rustfmt::skip]
pub const STRIPE: &[Row] = &[
    ("B01 absent", None, "missing_signature"),
    ("B02 empty", Some(""), "missing_signature"),
    ("B03 blank", Some("  "), "missing_signature"),
    ("B04 no text", Some("{ff}"), "missing_signature"),
    ("B04 no text for a code", Some("t={t},v1={ff}{hex}"), "bad_signature"),
    ("B04 no text for a time", Some("t={ff},v1={hex}"), "malformed"),
    ("B05 over 8 KiB", Some("t={t},v1={hex},x={8k}"), "malformed"),
    ("B07 a byte more", Some("t={t},v1={hex}00"), "bad_signature"),
    ("B08 no code", Some("t={t},v1="), "bad_signature"),
    ("B08 no version", Some("t={t},{hex}"), "missing_signature"),
    ("B09 a digit less", Some("t={t},v1={short}"), "bad_signature"),
    ("B10 two bytes for a letter", Some("t={t},v1=aéa"), "bad_signature"),
    ("B11 0x", Some("t={t},v1=0x{hex}"), "bad_signature"),
    ("B11 space within", Some("t={t},v1={half} {half2}"), "bad_signature"),
    ("B14 base64", Some("t={t},v1={base64}"), "bad_signature"),
    ("B15 version in capitals", Some("t={t},V1={hex}"), "missing_signature"),
    ("B15 version 10", Some("t={t},v10={hex}"), "missing_signature"),
    ("B15 version 01", Some("t={t},v01={hex}"), "missing_signature"),
    ("B16 v0 alone", Some("t={t},v0={hex}"), "missing_signature"),
    ("B17 right under v0", Some("t={t},v1={stranger},v0={hex}"), "bad_signature"),
    ("B19 a thousand codes", Some("t={t},{1000}"), "malformed"),
    ("B19 a thousand and the right one", Some("t={t},{1000},v1={hex}"), "malformed"),
    ("B21 semicolon", Some("t={t};v1={hex}"), "missing_signature"),
    ("B21 space for the comma", Some("t={t} v1={hex}"), "missing_signature"),
    ("B21 colons", Some("t:{t},v1:{hex}"), "missing_signature"),
    ("B21 quotes", Some("t=\"{t}\",v1=\"{hex}\""), "malformed"),
    ("B21 commas alone", Some(",,,"), "missing_signature"),
    ("B27 SHA-1", Some("t={t},v1={sha1}"), "bad_signature"),
    ("B27 SHA-512", Some("t={t},v1={sha512}"), "bad_signature"),
    ("B28 of another body", Some("t={t},v1={other}"), "bad_signature"),
    ("B28 keyless", Some("t={t},v1={digest}"), "bad_signature"),
    ("B31 no time", Some("v1={hex}"), "malformed"),
    ("B31 time under another name", Some("T={t},v1={hex}"), "malformed"),
    ("B32 empty time", Some("t=,v1={hex}"), "malformed"),
    ("B34 two times", Some("t={t},t=1,v1={hex}"), "malformed"),
    ("B34 the right time last", Some("t=1,v1={hex},t={t}"), "malformed"),
    ("B42 another time", Some("t=1785920401,v1={hex}"), "bad_signature"),
];

/// Rows for the lists of Standard Webhooks and Svix.
#[rustfmt::skip]
pub const STANDARD: &[Row] = &[
    ("B01 absent", None, "missing_signature"),
    ("B02 empty", Some(""), "missing_signature"),
    ("B03 blank", Some("   "), "missing_signature"),
    ("B04 no text for a code", Some("v1,{ff}{base64}"), "bad_signature"),
    ("B05 over 8 KiB", Some("v1,{base64} {8k}"), "malformed"),
    ("B07 a byte more", Some("v1,{long64}"), "bad_signature"),
    ("B08 no code", Some("v1,"), "bad_signature"),
    ("B13 no padding", Some("v1,{unpadded}"), "bad_signature"),
    ("B13 padding too much", Some("v1,{base64}="), "bad_signature"),
    ("B13 URL alphabet", Some("v1,{url64}="), "bad_signature"),
    ("B13 loose last bits", Some("v1,{loose}"), "bad_signature"),
    ("B14 hexadecimal digits", Some("v1,{hex}"), "bad_signature"),
    ("B17 right under v0", Some("v1,{stranger64} v0,{base64}"), "bad_signature"),
    ("B19 a thousand codes", Some("{1000std}"), "malformed"),
    ("B19 a thousand and the right one", Some("{1000std} v1,{base64}"), "malformed"),
    ("B21 commas between", Some("v1,{stranger64},v1,{base64}"), "bad_signature"),
    ("B21 semicolons between", Some("v1,{stranger64};v1,{base64}"), "bad_signature"),
    ("B21 a space after the version", Some("v1, {base64}"), "bad_signature"),
    ("B27 SHA-1", Some("v1,{sha1_64}"), "bad_signature"),
    ("B27 SHA-512", Some("v1,{sha512_64}"), "bad_signature"),
    ("B28 of another body", Some("v1,{other64}"), "bad_signature"),
    ("B28 keyless", Some("v1,{digest64}"), "bad_signature"),
];

/// Values without any entry of version `v1`.
#[rustfmt::skip]
pub const OTHER_VERSIONS: &[(&str, &str)] = &[
    ("B04 no text", "{ff}"),
    ("B08 no version", "{base64}"),
    ("B08 nothing before the comma", ",{base64}"),
    ("B15 version in capitals", "V1,{base64}"),
    ("B15 another mark", "v1={base64}"),
    ("B15 version 10", "v10,{base64}"),
    ("B16 another version", "v2,{base64}"),
    ("B18 right under v1a", "v1a,{base64}"),
];

/// Rows for `v1a`.
#[rustfmt::skip]
pub const ASYMMETRIC: &[Row] = &[
    ("B01 absent", None, "missing_signature"),
    ("B08 no code", Some("v1a,"), "bad_signature"),
    ("B07 a byte more", Some("v1a,{long64}"), "bad_signature"),
    ("B13 loose last bits", Some("v1a,{loose}"), "bad_signature"),
    ("B14 hexadecimal digits", Some("v1a,{hex}"), "bad_signature"),
    ("B18 right under v1", Some("v1,{base64}"), "malformed"),
    ("B18 keyed with the public key", Some("v1,{public64}"), "malformed"),
    ("B18 the same under v1a", Some("v1a,{public64}"), "bad_signature"),
    ("B19 a thousand codes", Some("{1000v1a}"), "malformed"),
    ("B19 nine and the right one", Some("{9v1a} v1a,{base64}"), "malformed"),
    ("B28 of another body", Some("v1a,{other64}"), "bad_signature"),
];

/// What looks odd and is genuine: refusing it would lose deliveries.
#[rustfmt::skip]
pub const GENUINE: &[(&str, &str, &str)] = &[
    ("github", "B12 capital digits", "{p}{HEX}"),
    ("slack", "B12 capital digits", "{p}{HEX}"),
    ("stripe", "B12 capital digits", "t={t},v1={HEX}"),
    ("github", "spaces around", "  {p}{hex}\t"),
    ("square", "spaces around", " {base64} "),
    ("stripe", "B17 v0 beside it", "t={t},v0={stranger},v1={hex}"),
    ("stripe", "B20 first of three", "t={t},v1={hex},v1={stranger},v1={other}"),
    ("stripe", "B20 second of three", "t={t},v1={other},v1={hex},v1={stranger}"),
    ("stripe", "B20 last of three", "t={t},v1=junk,v1={stranger},v1={hex}"),
    ("stripe", "B21 comma behind", "t={t},v1={hex},"),
    ("stripe", "B21 spaces after commas", "t={t}, v1={hex}"),
    ("stripe", "B24 folded", "t={t},v1={hex}, t={t},v1={hex}"),
    ("stripe", "code before time", "v1={hex},t={t}"),
    ("stripe", "unknown entries", "t={t},v1={hex},v2=x,n"),
    ("standard-webhooks", "B20 first of three", "v1,{base64} v1,{other64} v1,junk"),
    ("standard-webhooks", "B20 last of three", "v1,junk v1,{other64} v1,{base64}"),
    ("standard-webhooks", "B18 v1a beside it", "v1a,{stranger64} v1,{base64}"),
    ("svix", "B21 two spaces", "v1,{other64}  v1,{base64}"),
    ("svix", "B16 v0 beside it", "v0,junk v1,{base64}"),
];

pub type HeaderRow = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

/// B25: provider, name, headers as templates, code.
#[rustfmt::skip]
pub const FAMILIES: &[HeaderRow] = &[
    ("github", "only SHA-1", &[("x-hub-signature", "sha1={sha1}")], "missing_signature"),
    ("github", "SHA-256 under the old name", &[("x-hub-signature", "sha256={hex}")], "missing_signature"),
    ("github", "SHA-1 right, SHA-256 wrong", &[("x-hub-signature", "sha1={sha1}"), ("x-hub-signature-256", "sha256={other}")], "bad_signature"),
    ("square", "only SHA-1", &[("x-square-signature", "{sha1_64}")], "missing_signature"),
    ("shopify", "the other family", &[("shopify-hmac-sha256", "{base64}")], "missing_signature"),
    ("svix", "right under the common names, wrong under its own", &[("svix-signature", "v1,{other64}"), ("webhook-signature", "v1,{base64}")], "bad_signature"),
    ("svix", "right under its own names, wrong under the common ones", &[("svix-signature", "v1,{base64}"), ("webhook-signature", "v1,{other64}")], "ok"),
    ("svix", "another id under its own name", &[("svix-id", "msg_forged"), ("webhook-id", ID), ("svix-signature", "v1,{base64}")], "bad_signature"),
    ("standard-webhooks", "under Svix's names", &[("svix-signature", "v1,{base64}")], "missing_signature"),
];

/// Rows for a time with the right code over just this text; NOW is 1785920400, the tolerance 300 seconds.
#[rustfmt::skip]
pub const TIMES: &[(&str, &str, &str)] = &[
    ("now", "1785920400", "ok"),
    ("B32 empty", "", "malformed"),
    ("B32 letters", "abc", "malformed"),
    ("B32 fraction", "1785920400.5", "malformed"),
    ("B32 exponent", "1e9", "malformed"),
    ("B32 plus", "+1785920400", "malformed"),
    ("B32 minus", "-1785920400", "malformed"),
    ("B32 leading zero", "01785920400", "malformed"),
    ("B32 zeros", "00", "malformed"),
    ("B32 space before", " 1785920400", "malformed"),
    ("B32 space within", "17859 20400", "malformed"),
    ("B32 Arabic digits", "١٧٨٥٩٢٠٤٠٠", "malformed"),
    ("B32 full width digits", "\u{ff11}\u{ff17}\u{ff18}\u{ff15}\u{ff19}\u{ff12}\u{ff10}\u{ff14}\u{ff10}\u{ff10}", "malformed"),
    ("B32 hexadecimal", "0x6a72fd90", "malformed"),
    ("B32 underscore", "1_785_920_400", "malformed"),
    ("B32 junk behind", "1785920400abc", "malformed"),
    ("B32 NUL behind", "1785920400\0", "malformed"),
    ("B33 zero", "0", "stale"),
    ("B33 i64::MIN", "-9223372036854775808", "malformed"),
    ("B33 i64::MAX", "9223372036854775807", "malformed"),
    ("B33 u64::MAX", "18446744073709551615", "malformed"),
    ("B33 40 digits", "1785920400178592040017859204001785920400", "malformed"),
    ("B33 16 digits", "9999999999999999", "future"),
    ("B33 17 digits", "10000000000000000", "malformed"),
    ("B33 i32::MAX + 1", "2147483648", "future"),
    ("B35 a second too old", "1785920099", "stale"),
    ("B36 a second too early", "1785920701", "future"),
    ("B37 as old as may be", "1785920100", "ok"),
    ("B37 as early as may be", "1785920700", "ok"),
    ("B38 milliseconds", "1785920400000", "future"),
    ("B41 another form", "2026-08-05T09:00:00Z", "malformed"),
];
