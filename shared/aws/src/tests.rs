//! A real DynamoDB engine for the tests of this crate: embedded, and reached through the AWS SDK.
//!
//! Owns two empty tables, named after their kind, and a time to count seconds from. Never ships.

use dynoxide::Database;
use jiff::Timestamp;

use crate::sdk::Sdk;
use crate::table::{TableKind, create_table};

pub(crate) async fn engine() -> Sdk {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let sdk = Sdk::local(&format!("http://{}", listener.local_addr().expect("an address")));
    tokio::spawn(dynoxide::server::serve_on(listener, Database::memory().expect("an engine in memory")));
    for kind in [TableKind::Mappings, TableKind::Dispatches] {
        create_table(&sdk, kind, &format!("{kind:?}")).await.expect("a table");
    }
    sdk
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("a time in range")
}
