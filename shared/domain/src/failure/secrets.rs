//! Texts that look like a secret, made unreadable: GitHub masks only the secrets that it knows of.
//!
//! Owns the shapes. Never asks whether one is a real secret, and never lets a part of one stand.

/// What stands in a secret's place, as in GitHub's logs.
const MASK: &str = "***";

/// Secrets that are known by how they begin.
struct Shape {
    beginning: &'static str,
    /// How many characters follow at least.
    least: usize,
    may_follow: fn(char) -> bool,
}

const SHAPES: [Shape; 10] = [
    // <https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats>
    Shape { beginning: "ghp_", least: 16, may_follow: is_token },
    Shape { beginning: "gho_", least: 16, may_follow: is_token },
    Shape { beginning: "ghu_", least: 16, may_follow: is_token },
    Shape { beginning: "ghs_", least: 16, may_follow: is_token },
    Shape { beginning: "ghr_", least: 16, may_follow: is_token },
    Shape { beginning: "github_pat_", least: 16, may_follow: is_token },
    // <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
    Shape { beginning: "AKIA", least: 16, may_follow: is_key_id },
    Shape { beginning: "ASIA", least: 16, may_follow: is_key_id },
    Shape { beginning: "sk-ant-", least: 8, may_follow: is_token },
    // Our own.
    Shape { beginning: "aii_", least: 16, may_follow: is_token },
];

/// The text with each secret masked, wherever it stands: also in the middle of a word.
pub(super) fn redacted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let masked = secret_at(rest);
        match masked {
            Some(_) => shown.push_str(MASK),
            None => shown.push(character),
        }
        rest = &rest[masked.unwrap_or(character.len_utf8())..];
    }
    shown
}

/// How long the secret is that a text begins with.
fn secret_at(text: &str) -> Option<usize> {
    SHAPES.iter().find_map(|shape| shape.length_in(text)).or_else(|| json_web_token_in(text))
}

impl Shape {
    fn length_in(&self, text: &str) -> Option<usize> {
        let length = leading(text.strip_prefix(self.beginning)?, self.may_follow);
        (length >= self.least).then_some(self.beginning.len() + length)
    }
}

/// Three parts at least, of which the first is a JSON object in base64.
fn json_web_token_in(text: &str) -> Option<usize> {
    let length = leading(text.strip_prefix("eyJ").map(|_| text)?, is_token);
    let parts = text[..length].split('.').filter(|part| !part.is_empty()).count();
    (parts >= 3).then_some(length)
}

/// How many characters at the beginning are of that kind, all of one byte.
fn leading(text: &str, is_one: fn(char) -> bool) -> usize {
    text.find(|c| !is_one(c)).unwrap_or(text.len())
}

/// GitHub's newer tokens hold dots and dashes, as base64 for addresses does.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.".contains(c)
}

fn is_key_id(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}
