//! Where the App's webhooks may go by name: to this machine, whatever the name.
//!
//! The names of a local AWS end in `.localhost`, which are this machine's by RFC 6761 and which not every resolver knows.
//! Never asks a resolver, so that no delivery of the sandbox's leaves the machine by a name.

use std::net::{Ipv4Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves every name to the loopback interface.
pub(super) struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, _name: Name) -> Resolving {
        // The port is the URL's; a zero stands for it.
        let here: Addrs = Box::new(std::iter::once(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
        Box::pin(std::future::ready(Ok(here)))
    }
}
