//! Values of headers that hold something secret.

/// The value as it may be shown.
pub(super) fn masked_value(name: &str, value: &[u8]) -> String {
    let value = String::from_utf8_lossy(value);
    // TODO: text::masked_header
    let name = name.to_ascii_lowercase();
    const MARKS: [&str; 8] = [
        "authorization",
        "cookie",
        "api-key",
        "signature",
        "hmac",
        "token",
        "secret",
        "sign",
    ];
    if !MARKS.iter().any(|mark| name.contains(mark)) {
        return value.into_owned();
    }
    let mut shown = String::new();
    let mut code = String::new();
    for character in value.chars().chain(['\0']) {
        if character.is_ascii_alphanumeric() || "+/-_".contains(character) {
            code.push(character);
            continue;
        }
        match code.len() {
            16.. => {
                let tail = code.chars().skip(code.len() - 4);
                shown.push('…');
                shown.extend(tail);
            }
            _ => shown.push_str(&code),
        }
        code.clear();
        if character != '\0' {
            shown.push(character);
        }
    }
    shown
}
