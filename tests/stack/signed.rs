//! Requests to AWS signed by hand: the CLI would spend most of hundreds of attempts on starting.
//!
//! Owns Signature Version 4, as far as AWS's JSON and query protocols need it here.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::aws_cli::{Credentials, REGION};

/// A request before it is somebody's.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The service's name in a credential scope.
    pub(crate) service: &'static str,
    /// Path.
    pub(crate) path: String,
    /// A header of its own, by its lower-case name.
    pub(crate) header: (&'static str, String),
    /// Body.
    pub(crate) body: String,
}

impl Request {
    /// Sends it as somebody; the status and the text of the answer.
    pub(crate) async fn send_as(
        &self,
        credentials: &Credentials,
        client: &reqwest::Client,
        endpoint: &str,
    ) -> (u16, String) {
        let host = endpoint.trim_start_matches("http://");
        let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut headers = vec![("host", host), (self.header.0, &self.header.1), ("x-amz-date", &time)];
        if let Some(token) = &credentials.token {
            headers.push(("x-amz-security-token", token));
        }
        headers.sort_unstable();
        let authorization = self.authorization(credentials, &headers, &time);
        let mut request = client.post(format!("{endpoint}{}", self.path)).header("authorization", authorization);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.body(self.body.clone()).send().await.expect("the local AWS answers");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }

    fn authorization(&self, credentials: &Credentials, headers: &[(&str, &str)], time: &str) -> String {
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        let request =
            ["POST", &self.path, "", &lines.join("\n"), "", &names, &hex(&Sha256::digest(&self.body))].join("\n");
        let scope = format!("{}/{REGION}/{}/aws4_request", &time[..8], self.service);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(&request)));
        let first = format!("AWS4{}", credentials.secret).into_bytes();
        let key = scope.split('/').fold(first, |key, part| mac(&key, part));
        let signature = hex(&mac(&key, &text));
        format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", credentials.key)
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes it");
        text
    })
}
