//! Somebody's browser: it keeps cookies and goes where it is sent, to GitHub too.
//!
//! Owns what a browser does by itself. Never asserts more than that.

use std::collections::BTreeMap;

use axum::body::Body;
use http::Request;
use http::header::SET_COOKIE;
use http::request::Builder;

use crate::office::{Answer, Office, PUBLIC_URL};

pub(crate) const SESSION: &str = "__Host-ai-implement";
pub(crate) const SIGN_IN: &str = "__Host-ai-implement-sign-in";

#[derive(Clone, Default)]
pub(crate) struct Browser {
    cookies: BTreeMap<String, String>,
    address: Option<&'static str>,
}

impl Browser {
    /// One at that address.
    pub(crate) fn at(address: &'static str) -> Self {
        Self { cookies: BTreeMap::new(), address: Some(address) }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Opens a page of ours.
    pub(crate) async fn opens(&mut self, office: &Office, path: &str) -> Answer {
        self.sends(office, Request::get(path).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")).await
    }

    /// What a script of ours asks for.
    pub(crate) async fn fetches(&mut self, office: &Office, path: &str) -> Answer {
        self.sends(office, Request::get(path).header("accept", "application/json")).await
    }

    async fn sends(&mut self, office: &Office, mut request: Builder) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request = request.header("cookie", cookies.join("; "));
        if let Some(address) = self.address {
            request = request.header("x-forwarded-for", address);
        }
        let answer = office.answer(request, Body::empty()).await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie");
            let (name, value) = cookie.split(';').next().and_then(|it| it.split_once('=')).expect("a pair");
            if cookie.ends_with("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        answer
    }

    /// Begins to sign in; where GitHub's page is.
    pub(crate) async fn begins(&mut self, office: &Office, return_to: &str) -> String {
        let answer = self.opens(office, &format!("/api/auth/github?return_to={return_to}")).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.location().to_owned()
    }

    /// Signs in as somebody, as far as our answer to what GitHub sends back.
    pub(crate) async fn signs_in(&mut self, office: &Office, login: &str) -> Answer {
        let page = self.begins(office, "/admin").await;
        let back = comes_back(office, &page, Some(login));
        self.opens(office, &back).await
    }

    /// The status and the code of what only somebody sees who is signed in.
    pub(crate) async fn sees(&mut self, office: &Office) -> (u16, String) {
        let answer = self.fetches(office, "/api/mappings").await;
        let (status, code) = answer.code();
        (status, code.to_owned())
    }
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers["location"].to_str().expect("an address")
    }

    /// The line that sets a cookie.
    pub(crate) fn set_cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines.into_iter().find(|line| line.split('=').next() == Some(name))
    }
}

/// What somebody does on GitHub's page, and the path below our address that they come back to.
pub(crate) fn comes_back(office: &Office, page: &str, login: Option<&str>) -> String {
    let location = office.sandbox.consent(page, login).expect("the page opens");
    location.strip_prefix(PUBLIC_URL).expect("our own address").to_owned()
}
