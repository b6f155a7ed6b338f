//! When the issuer is asked for its keys, and what is done while it can't be.

use std::error::Error as _;
use std::sync::Arc;

use futures::future::join_all;
use jiff::SignedDuration;
use oidc::{FETCH_INTERVAL, FRESH_FOR, OidcError, RETRY_INTERVAL, STALE_FOR, Verifier};
use tokio::sync::Semaphore;

use crate::issuer::{AUDIENCE, Behaviour, Issuer};
use crate::signing::{FIRST, SigningKey};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

impl Issuer {
    /// What a verifier makes of a good token of that key's, made now.
    async fn signed_by(&self, key: &SigningKey, verifier: &Verifier) -> Told {
        told(verifier.verify(&key.sign(&self.claims()), AUDIENCE).await)
    }
}

/// A verdict, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Valid,
    UnknownKey,
    Unavailable,
}

fn told<T>(verdict: Result<T, OidcError>) -> Told {
    match verdict {
        Ok(_) => Told::Valid,
        Err(OidcError::Invalid("the issuer has no such key")) => Told::UnknownKey,
        Err(OidcError::Unavailable(_)) => Told::Unavailable,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn keys_are_fetched_once_and_shared_with_clones() {
    let issuer = Issuer::start().await;
    let verifier = issuer.verifier();
    for _ in 0..3 {
        assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
        assert_eq!(issuer.signed_by(&FIRST, &verifier.clone()).await, Told::Valid);
    }
    assert_eq!(issuer.asked().len(), 1);
}

#[tokio::test]
async fn many_tokens_at_once_share_one_fetch() {
    let issuer = Issuer::start().await;
    let leave = Arc::new(Semaphore::new(0));
    issuer.behaves(Behaviour::Waits(Arc::clone(&leave)));
    let (verifier, token) = (issuer.verifier(), FIRST.sign(&issuer.claims()));
    let verdicts = (0..50).map(|_| {
        let (verifier, token) = (verifier.clone(), token.clone());
        tokio::spawn(async move { told(verifier.verify(&token, AUDIENCE).await) })
    });
    let verdicts: Vec<_> = verdicts.collect();
    issuer.arrived.notified().await;
    leave.add_permits(50);
    for verdict in join_all(verdicts).await {
        assert_eq!(verdict.expect("nobody panics"), Told::Valid);
    }
    assert_eq!(issuer.asked().len(), 1);
}

#[tokio::test]
async fn a_fetch_goes_on_when_its_caller_has_gone() {
    let issuer = Issuer::start().await;
    let leave = Arc::new(Semaphore::new(0));
    issuer.behaves(Behaviour::Waits(Arc::clone(&leave)));
    let (verifier, token) = (issuer.verifier(), FIRST.sign(&issuer.claims()));
    let gone = tokio::spawn({
        let (verifier, token) = (verifier.clone(), token.clone());
        async move { told(verifier.verify(&token, AUDIENCE).await) }
    });
    issuer.arrived.notified().await;
    gone.abort();
    assert!(gone.await.expect_err("it has gone").is_cancelled());
    leave.add_permits(2);
    assert_eq!(told(verifier.verify(&token, AUDIENCE).await), Told::Valid);
    assert_eq!(issuer.asked().len(), 1);
}

#[tokio::test]
async fn a_new_key_is_fetched_when_it_is_named_and_the_old_one_goes_with_its_set() {
    let issuer = Issuer::start().await;
    let (verifier, second) = (issuer.verifier(), SigningKey::generate("second"));
    assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
    issuer.has_keys(&[&FIRST, &second]);
    issuer.passes(FETCH_INTERVAL);
    assert_eq!(issuer.signed_by(&second, &verifier).await, Told::Valid);
    assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
    assert_eq!(issuer.asked().len(), 2);

    issuer.has_keys(&[&second]);
    issuer.passes(FRESH_FOR - SECOND);
    assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid, "it isn't known yet");
    issuer.passes(SECOND);
    assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::UnknownKey);
    assert_eq!(issuer.signed_by(&second, &verifier).await, Told::Valid);
    assert_eq!(issuer.asked().len(), 3);
}

#[tokio::test]
async fn keys_that_somebody_made_up_ask_the_issuer_once_in_a_while() {
    let issuer = Issuer::start().await;
    let (verifier, stranger) = (issuer.verifier(), SigningKey::generate("made up"));
    assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
    for fetches in 1..4 {
        let claims = issuer.claims();
        let made_up = join_all((0..100).map(|number| {
            let (mut header, verifier) = (stranger.header(), &verifier);
            header["kid"] = format!("made up {number}").into();
            let token = stranger.sign_with(&header, &aws_lc_rs::signature::RSA_PKCS1_SHA256, &claims);
            async move { told(verifier.verify(&token, AUDIENCE).await) }
        }));
        assert!(made_up.await.iter().all(|verdict| *verdict == Told::UnknownKey));
        assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
        assert_eq!(issuer.asked().len(), fetches);
        issuer.passes(FETCH_INTERVAL);
    }
}

#[tokio::test]
async fn known_keys_are_taken_for_an_hour_while_the_issuer_is_out() {
    let issuer = Issuer::start().await;
    let verifier = issuer.verifier();
    assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
    issuer.behaves(Behaviour::Status(503));
    issuer.passes(FRESH_FOR);
    for fetches in 2..5 {
        assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
        assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
        assert_eq!(issuer.asked().len(), fetches, "it is asked again after a while only");
        issuer.passes(RETRY_INTERVAL);
    }
    let stranger = SigningKey::generate("made up");
    assert_eq!(issuer.signed_by(&stranger, &verifier).await, Told::Unavailable, "nobody can know this one");

    issuer.passes(STALE_FOR - FRESH_FOR - RETRY_INTERVAL * 3 - SECOND);
    assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
    issuer.passes(SECOND);
    assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Unavailable);

    issuer.behaves(Behaviour::Answers);
    issuer.passes(RETRY_INTERVAL);
    assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
    assert_eq!(issuer.signed_by(&stranger, &verifier).await, Told::UnknownKey);
}

#[tokio::test]
async fn without_any_key_a_token_waits_for_the_issuer() {
    let issuer = Issuer::start().await;
    for behaviour in [
        Behaviour::Status(500),
        Behaviour::Status(404),
        Behaviour::Status(204),
        Behaviour::Redirects,
        Behaviour::Says("<html>"),
        Behaviour::Says(r#"{"keys": []}"#),
        Behaviour::Floods,
    ] {
        let verifier = issuer.verifier();
        issuer.behaves(behaviour);
        let before = issuer.asked().len();
        for _ in 0..3 {
            assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Unavailable);
        }
        assert_eq!(issuer.asked().len(), before + 1, "once, and no redirection is followed");
        issuer.behaves(Behaviour::Answers);
        issuer.passes(RETRY_INTERVAL);
        assert_eq!(issuer.signed_by(&FIRST, &verifier).await, Told::Valid);
    }
}

#[tokio::test]
async fn an_issuer_that_says_nothing_is_not_waited_for() {
    let issuer = Issuer::start().await;
    issuer.behaves(Behaviour::FallsSilent);
    let error = issuer.judge(&FIRST.sign(&issuer.claims())).await.expect_err("nobody answers");
    assert_eq!(error.to_string(), "the issuer's keys can't be had");
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("no answer in time"));
}

#[tokio::test]
async fn an_issuer_that_nobody_serves_is_unavailable() {
    let issuer = Issuer::start().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    drop(listener);
    let verifier = Verifier::new(format!("http://{address}").parse().expect("an issuer"), clock::Clock::System);
    let error = verifier.verify(&FIRST.sign(&issuer.claims()), AUDIENCE).await.expect_err("nobody answers");
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the connection failed"));
}
