//! Which addresses are those of SNS. They come in a message that nobody has proven yet: whoever asks another one asks where a
//! stranger wants.

/// Longest address that is looked at.
const MAX: usize = 2048;

/// Whether a certificate may be got from here.
pub(super) fn is_certificate(url: &str) -> bool {
    // No query, no fragment, nothing that is encoded: a path that every reader takes for the same.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    path_at_sns(url).is_some_and(|path| path.ends_with(".pem") && path.bytes().all(is_plain))
}

/// Whether a subscription may be confirmed by asking here.
pub(super) fn is_confirmation(url: &str) -> bool {
    let is_visible = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    path_at_sns(url).is_some_and(|path| path.bytes().all(is_visible))
}

/// What stands behind the host, if the URL is `https:` at a host of SNS. The host is compared as a whole up to the first `/`, so that
/// a user, a port, a `\` or a `#` in it is another host.
fn path_at_sns(url: &str) -> Option<&str> {
    if url.len() > MAX {
        return None;
    }
    let rest = url.strip_prefix("https://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    is_host(host).then_some(path)
}

/// `sns.REGION.amazonaws.com`, in China with `.cn` behind it.
fn is_host(host: &str) -> bool {
    let region = host.strip_prefix("sns.").and_then(|rest| {
        let rest = rest.strip_suffix(".cn").unwrap_or(rest);
        rest.strip_suffix(".amazonaws.com")
    });
    region.is_some_and(|region| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        region.len() >= 3 && region.bytes().all(is_letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_come_from_sns_alone() {
        for url in [
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-781a.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-781a.pem",
            "https://sns.us-gov-west-1.amazonaws.com/a/b.pem",
        ] {
            assert!(is_certificate(url), "{url}");
        }
        for url in [
            "http://sns.us-east-1.amazonaws.com/x.pem",
            "HTTPS://sns.us-east-1.amazonaws.com/x.pem",
            "//sns.us-east-1.amazonaws.com/x.pem",
            "https:/sns.us-east-1.amazonaws.com/x.pem",
            "https:///sns.us-east-1.amazonaws.com/x.pem",
            "https://sns.us-east-1.amazonaws.com",
            "https://sns.us-east-1.amazonaws.com/",
            "https://sns.us-east-1.amazonaws.com/x.pem?y",
            "https://sns.us-east-1.amazonaws.com/x?y=.pem",
            "https://sns.us-east-1.amazonaws.com/x#.pem",
            "https://sns.us-east-1.amazonaws.com/%2e%2e/x.pem",
            "https://sns.us-east-1.amazonaws.com/x.PEM",
            "https://sns.us-east-1.amazonaws.com/x.pem ",
            " https://sns.us-east-1.amazonaws.com/x.pem",
            "https://sns.us-east-1.amazonaws.com/x.pem\n",
            "https://sns.us-east-1.amazonaws.com:443/x.pem",
            "https://sns.us-east-1.amazonaws.com:8443/x.pem",
            "https://sns.us-east-1.amazonaws.com@evil.example/x.pem",
            "https://evil@sns.us-east-1.amazonaws.com/x.pem",
            "https://evil:x@sns.us-east-1.amazonaws.com/x.pem",
            "https://evil.example#sns.us-east-1.amazonaws.com/x.pem",
            "https://evil.example\\.sns.us-east-1.amazonaws.com/x.pem",
            "https://evil.example/sns.us-east-1.amazonaws.com/x.pem",
            "https://evil.example?sns.us-east-1.amazonaws.com/x.pem",
            "https://sns.us-east-1.amazonaws.com\\@evil.example/x.pem",
            "https://sns.us-east-1.amazonaws.com.evil.example/x.pem",
            "https://sns.s3.amazonaws.com.evil.example/x.pem",
            "https://sns-us-east-1.amazonaws.com/x.pem",
            "https://evil.s3.amazonaws.com/x.pem",
            "https://evil.sns.us-east-1.amazonaws.com/x.pem",
            "https://sns.evil.us-east-1.amazonaws.com/x.pem",
            "https://sns.us-east-1.amazonaws.com./x.pem",
            "https://sns.us-east-1.amazonaws.com.cn.cn/x.pem",
            "https://sns.us-east-1.amazonaws.cn/x.pem",
            "https://sns.us-east-1.amazonawsxcom/x.pem",
            "https://sns.us-east-1.evilamazonaws.com/x.pem",
            "https://sns.s3.amazonaws.com/x.pem",
            "https://sns..amazonaws.com/x.pem",
            "https://sns.amazonaws.com/x.pem",
            "https://sns.us_east.amazonaws.com/x.pem",
            "https://sns.\u{443}s-east-1.amazonaws.com/x.pem",
            "",
        ] {
            assert!(!is_certificate(url), "{url}");
        }
        let of_length = |length: usize| {
            let start = "https://sns.us-east-1.amazonaws.com/";
            format!("{start}{}.pem", "x".repeat(length - start.len() - 4))
        };
        assert!(is_certificate(&of_length(2048)));
        assert!(!is_certificate(&of_length(2049)));
    }

    #[test]
    fn a_subscription_is_confirmed_at_sns_alone() {
        let query = "?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:1:T&Token=2a";
        for (at, is_there) in [
            ("https://sns.us-east-1.amazonaws.com/", true),
            ("https://sns.cn-north-1.amazonaws.com.cn/", true),
            ("http://sns.us-east-1.amazonaws.com/", false),
            ("https://sns.us-east-1.amazonaws.com", false),
            ("https://sns.us-east-1.amazonaws.com:8443/", false),
            ("https://sns.us-east-1.amazonaws.com@evil.example/", false),
            ("https://169.254.169.254/", false),
            ("https://localhost/", false),
            ("https://sns.us-east-1.amazonaws.com/\\", false),
            ("https://sns.us-east-1.amazonaws.com/ ", false),
            ("https://sns.us-east-1.amazonaws.com/\r\n", false),
        ] {
            assert_eq!(is_confirmation(&format!("{at}{query}")), is_there, "{at}");
        }
    }
}
