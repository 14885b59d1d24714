//! Keys for samples.

/// Shared secrets in the forms that senders give them out in: the account's own and a stranger's.
#[derive(Clone, Copy, Debug)]
pub struct SampleKeys {
    /// Any text.
    pub text: [&'static str; 2],
    /// 32 bytes in hexadecimal digits.
    pub hex: [&'static str; 2],
    /// 32 bytes in base64.
    pub base64: [&'static str; 2],
    /// The same behind `whsec_`.
    pub whsec: [&'static str; 2],
}

impl SampleKeys {
    /// Secrets that look like real ones.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            text: [
                "whsec_4f1c2a9b7d3e8f60a5b4c3d2e1f09182",
                "whsec_00112233445566778899aabbccddeeff",
            ],
            hex: [
                "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8",
                "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
            ],
            base64: [
                "KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
                "GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=",
            ],
            whsec: [
                "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
                "whsec_GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=",
            ],
        }
    }
}

impl Default for SampleKeys {
    fn default() -> Self {
        Self::new()
    }
}
