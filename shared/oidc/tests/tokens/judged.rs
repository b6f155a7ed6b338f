//! What is believed, and what is not.

use aws_lc_rs::signature::RSA_PKCS1_SHA512;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use oidc::OidcError;
use serde_json::{Value, json};

use crate::issuer::{AUDIENCE, IMMUTABLE_SUBJECT, Issuer, SUBJECT};
use crate::signing::{FIRST, SigningKey, base64url, message};

/// The reason for which a token is refused.
async fn refusal(issuer: &Issuer, token: &str) -> &'static str {
    match issuer.judge(token).await {
        Err(OidcError::Invalid(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_run_is_told_by_its_token_in_both_forms_of_the_subject() {
    let issuer = Issuer::start().await;
    for subject in [SUBJECT, IMMUTABLE_SUBJECT] {
        let token = FIRST.sign(&issuer.claims_but(&json!({ "sub": subject })));
        let told = issuer.judge(&token).await.expect("it is believed");
        assert_eq!(told.subject, subject);
        assert_eq!((told.repository_id.get(), told.repository_owner_id.get()), (74, 65));
        assert_eq!(told.repository.to_string(), "octo-org/octo-repo");
        assert_eq!((told.run_id.get(), told.run_attempt), (9_007_199_254_740_993, 2));
        assert_eq!((told.event_name.as_str(), told.git_ref.as_str()), ("workflow_dispatch", "refs/heads/main"));
        assert_eq!((told.actor.as_str(), told.actor_id.get()), ("octocat", 12));
        assert_eq!(told.sha, "0123456789abcdef0123456789abcdef01234567");
        assert_eq!(told.jti, "5a2c7c0e-5d1c-4ab0-9d5e-5d1f0e3a7b11");
        assert_eq!(told.expires_at.as_second(), issuer.now().as_second() + 300);
        let workflow = told.workflow().expect("a workflow");
        assert_eq!((workflow.repository, workflow.file), (told.repository.clone(), "claude.yml"));
        assert_eq!(workflow.git_ref, "refs/heads/main");
    }
    assert_eq!(issuer.asked()[0], "/.well-known/jwks");
}

#[tokio::test]
async fn a_claim_that_is_not_as_it_must_be_is_refused() {
    let issuer = Issuer::start().await;
    let now = issuer.now().as_second();
    for (changes, reason) in [
        (json!({ "aud": "https://implement.example" }), "it was made for another audience"),
        (json!({ "aud": [AUDIENCE, "https://elsewhere.example"] }), "it was made for another audience"),
        (json!({ "aud": [AUDIENCE, AUDIENCE] }), "it was made for another audience"),
        (json!({ "aud": [] }), "it was made for another audience"),
        (json!({ "iss": "https://token.actions.githubusercontent.com" }), "another issuer made it"),
        (json!({ "iss": format!("{}/", issuer.url) }), "another issuer made it"),
        (json!({ "exp": now - 60 }), "it has expired"),
        (json!({ "exp": i64::MIN }), "it has expired"),
        (json!({ "exp": i64::MAX }), "it never expires"),
        (json!({ "nbf": now + 61 }), "it is not valid yet"),
        (json!({ "iat": now + 61 }), "it was issued in the future"),
        (json!({ "sub": "repo:octo-org/other:ref:refs/heads/main" }), "its subject contradicts its repository"),
        (json!({ "sub": "repo:octo-org@65/octo-repo@75:pull_request" }), "its subject contradicts its repository"),
        (json!({ "sub": "repo:octo-org@66/octo-repo@74:pull_request" }), "its subject contradicts its repository"),
    ] {
        let token = FIRST.sign(&issuer.claims_but(&changes));
        assert_eq!(refusal(&issuer, &token).await, reason, "{changes}");
    }
}

#[tokio::test]
async fn a_claim_that_is_missing_or_of_another_shape_is_refused() {
    let issuer = Issuer::start().await;
    let needed = [
        "iss",
        "aud",
        "sub",
        "jti",
        "exp",
        "nbf",
        "iat",
        "repository",
        "repository_id",
        "repository_owner_id",
        "event_name",
        "workflow_ref",
        "ref",
        "sha",
        "run_id",
        "run_attempt",
        "actor",
        "actor_id",
    ];
    let missing = needed.map(|name| json!({ name: null }));
    let odd = [
        json!({ "repository_id": 74 }),
        json!({ "repository_id": "+74" }),
        json!({ "repository_id": "" }),
        json!({ "run_id": "18446744073709551616" }),
        json!({ "run_attempt": "-1" }),
        json!({ "repository": "octo-org" }),
        json!({ "exp": "1793534400" }),
        json!({ "aud": { "one": AUDIENCE } }),
    ];
    for changes in missing.into_iter().chain(odd) {
        let token = FIRST.sign(&issuer.claims_but(&changes));
        assert_eq!(refusal(&issuer, &token).await, "its claims are not those of a run", "{changes}");
    }
    let claims = issuer.claims().to_string();
    let twice = claims.replacen('{', r#"{"repository_id":"75","#, 1);
    let encoded = base64url(twice.as_bytes());
    assert_eq!(refusal(&issuer, &FIRST.sign_encoded(&encoded)).await, "its claims are not those of a run", "{twice}");
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute_and_an_audience_may_stand_in_a_list() {
    let issuer = Issuer::start().await;
    let now = issuer.now().as_second();
    for changes in [
        json!({ "exp": now - 59 }),
        json!({ "nbf": now + 60 }),
        json!({ "iat": now + 60 }),
        json!({ "aud": [AUDIENCE] }),
        json!({ "sub": "repository_owner_id:65:environment:prod" }),
    ] {
        let token = FIRST.sign(&issuer.claims_but(&changes));
        issuer.judge(&token).await.unwrap_or_else(|error| panic!("{changes}: {error}"));
    }
}

#[tokio::test]
async fn what_the_issuer_did_not_sign_is_refused() {
    let issuer = Issuer::start().await;
    let token = FIRST.sign(&issuer.claims());
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let other_claims = message(&FIRST.header(), &issuer.claims_but(&json!({ "repository_id": "75", "sub": "" })));
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    for (case, token) in [
        ("other claims", format!("{other_claims}.{signature}")),
        ("another signature", format!("{signed}.{first}{}", &signature[1..])),
        ("no signature", format!("{signed}.")),
        ("another key of the same id", SigningKey::generate("first").sign(&issuer.claims())),
    ] {
        assert_eq!(refusal(&issuer, &token).await, "its signature is not the issuer's", "{case}");
    }
}

#[tokio::test]
async fn a_token_does_not_choose_how_it_is_verified() {
    let issuer = Issuer::start().await;
    let claims = issuer.claims();
    let shared_secret = |secret: &[u8]| {
        let header = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &EncodingKey::from_secret(secret)).expect("a token")
    };
    let modulus = FIRST.jwk()["n"].as_str().expect("a modulus").to_owned();
    let mut sha512 = FIRST.header();
    sha512["alg"] = json!("RS512");
    for (case, token) in [
        ("the public key as a secret", shared_secret(&FIRST.public_der())),
        ("its modulus as a secret", shared_secret(modulus.as_bytes())),
        ("an empty secret", shared_secret(b"")),
        ("another algorithm of the same key", FIRST.sign_with(&sha512, &RSA_PKCS1_SHA512, &claims)),
    ] {
        assert_eq!(refusal(&issuer, &token).await, "it is not signed with RS256", "{case}");
    }
    for alg in ["none", "None", "NONE", "", "rs256"] {
        let unsigned = message(&json!({ "typ": "JWT", "alg": alg, "kid": "first" }), &claims);
        assert_eq!(refusal(&issuer, &format!("{unsigned}.")).await, "it is no signed token", "{alg}");
    }
    assert_eq!(issuer.asked(), Vec::<String>::new(), "for none of these the issuer was asked");
}

#[tokio::test]
async fn a_token_brings_no_key_of_its_own() {
    let issuer = Issuer::start().await;
    let stranger = SigningKey::generate("first");
    let mut header = stranger.header();
    header["jwk"] = stranger.jwk();
    header["jku"] = json!(format!("{}/strange", issuer.url));
    let token = stranger.sign_with(&header, &aws_lc_rs::signature::RSA_PKCS1_SHA256, &issuer.claims());
    assert_eq!(refusal(&issuer, &token).await, "its signature is not the issuer's");
    assert_eq!(issuer.asked(), ["/.well-known/jwks"]);
}

#[tokio::test]
async fn a_header_that_is_odd_is_refused() {
    let issuer = Issuer::start().await;
    for (name, value, reason) in [
        ("crit", json!(["exp"]), "its header demands what is unknown here"),
        ("kid", Value::Null, "it names no key"),
        ("kid", json!(7), "it is no signed token"),
    ] {
        let mut header = FIRST.header();
        header[name] = value;
        let token = FIRST.sign_with(&header, &aws_lc_rs::signature::RSA_PKCS1_SHA256, &issuer.claims());
        assert_eq!(refusal(&issuer, &token).await, reason, "{header}");
    }
    for token in ["", ".", "..", "...", "a.b.c", "aii_0123456789", "ä.ö.ü", &"[".repeat(16 << 10)] {
        assert_eq!(refusal(&issuer, token).await, "it is no signed token", "{token}");
    }
}

#[tokio::test]
async fn a_token_is_measured_before_it_is_read() {
    let issuer = Issuer::start().await;
    let padded = |length: usize| FIRST.sign(&issuer.claims_but(&json!({ "padding": "x".repeat(length) })));
    let fitting = padded(10 << 10);
    assert!((15 << 10..16 << 10).contains(&fitting.len()), "{}", fitting.len());
    issuer.judge(&fitting).await.expect("it is believed");
    assert_eq!(refusal(&issuer, &padded(11 << 10)).await, "it is too long");
    assert_eq!(refusal(&issuer, &"x".repeat((16 << 10) + 1)).await, "it is too long");
}

#[tokio::test]
async fn a_refusal_shows_nothing_of_the_token() {
    let issuer = Issuer::start().await;
    for changes in [json!({ "repository_id": "S3CRET" }), json!({ "aud": "S3CRET" }), json!({ "sub": "repo:S3CRET:x" })]
    {
        let token = FIRST.sign(&issuer.claims_but(&changes));
        let error = issuer.judge(&token).await.expect_err("it is refused");
        let shown = format!("{error} {error:?}");
        let parts = token.split('.').map(|part| &part[..16]);
        assert!(!shown.contains("S3CRET") && parts.into_iter().all(|part| !shown.contains(part)), "{shown}");
    }
}
