//! The pages' files: one stylesheet, two small scripts, an icon.
//!
//! Owns their address, which changes with what they hold, so that a browser may keep each for ever. Nothing is loaded from
//! anywhere else.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use sha2::{Digest as _, Sha256};

const KEPT_FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A file and what it is.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
}

const ASSETS: [Asset; 4] = [
    Asset { name: "admin.css", media_type: "text/css; charset=utf-8", text: include_str!("../../assets/admin.css") },
    Asset {
        name: "admin.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../../assets/admin.js"),
    },
    Asset {
        name: "htmx.min.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../../assets/htmx.min.js"),
    },
    Asset { name: "icon.svg", media_type: "image/svg+xml", text: include_str!("../../assets/icon.svg") },
];

/// What all of them hold, in short.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in &ASSETS {
        hash.update(asset.text);
    }
    let hash: [u8; 32] = hash.finalize().into();
    URL_SAFE_NO_PAD.encode(&hash[..9])
});

/// The address of a file.
pub(super) fn address(name: &str) -> String {
    format!("/admin/assets/{}/{name}", *VERSION)
}

/// `GET /admin/assets/{version}/{file}`: of this release only, so that no browser keeps one release's file as another's.
pub(super) async fn serve(Path((version, file)): Path<(String, String)>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == file && version == *VERSION) {
        Some(asset) => ([(CONTENT_TYPE, asset.media_type), (CACHE_CONTROL, KEPT_FOR_EVER)], asset.text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
