//! Where a request comes from, as far as that can be believed.
//!
//! Owns what attempts to get in are counted by. Never believes what the client itself says.

use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;

const FORWARDED_FOR: &str = "x-forwarded-for";
/// Nobody stands before us: the local system.
const LOCAL: &str = "local";
/// All that is no address shares one count.
const UNKNOWN: &str = "unknown";

/// The source of a request. API Gateway appends the address that it saw to what the client claims, so only the last
/// entry of the last such header counts. One network of IPv6 is one source: a provider gives a customer that many.
#[must_use]
pub fn source(headers: &HeaderMap) -> String {
    let Some(last) = headers.get_all(FORWARDED_FOR).iter().next_back() else { return LOCAL.to_owned() };
    let last = last.to_str().unwrap_or_default().rsplit(',').next().unwrap_or_default().trim();
    match last.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => network(address),
        Err(_) => UNKNOWN.to_owned(),
    }
}

fn network(address: Ipv6Addr) -> String {
    let [a, b, c, d, ..] = address.segments();
    format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> String {
        let headers: HeaderMap = values
            .iter()
            .map(|value| (http::HeaderName::from_static(FORWARDED_FOR), value.parse().expect("a header value")))
            .collect();
        source(&headers)
    }

    #[test]
    fn only_the_last_address_is_believed() {
        assert_eq!(of(&["203.0.113.7"]), "203.0.113.7");
        assert_eq!(of(&["10.0.0.1, 198.51.100.2,203.0.113.7 "]), "203.0.113.7");
        assert_eq!(of(&["10.0.0.1", "10.0.0.2, 203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn a_network_of_ipv6_is_one_source() {
        assert_eq!(of(&["2001:db8:1:2:3:4:5:6"]), "2001:db8:1:2::/64");
        assert_eq!(of(&["2001:db8:1:2::9"]), of(&["2001:db8:1:2:ffff::"]));
        assert_ne!(of(&["2001:db8:1:3::9"]), of(&["2001:db8:1:2::9"]));
        assert_eq!(of(&["::ffff:203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn what_is_no_address_is_one_source_together() {
        assert_eq!(of(&[]), "local");
        for odd in ["", "local", "203.0.113.7:80", "203.0.113.7,", "x"] {
            assert_eq!(of(&[odd]), "unknown", "{odd}");
        }
    }
}
