//! Where a service lives, and addresses below it.

use crate::error::HttpError;
use reqwest::Url;
use std::net::IpAddr;

/// Scheme, host, port and leading path of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(Url);

/// The base of a service. `replacement` (the value of `OMC_<SERVICE>_URL`, read by the caller) replaces scheme, host and
/// port; the path stays the documented one.
///
/// # Errors
/// [`HttpError::BadUrl`], [`HttpError::InsecureUrl`] for plain http to another machine.
pub fn base_url(replacement: Option<&str>, documented: &str) -> Result<Base, HttpError> {
    let documented = parse(documented)?;
    let Some(replacement) = replacement.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(Base(documented));
    };
    let mut url = parse(replacement)?;
    url.set_path(documented.path());
    url.set_query(None);
    url.set_fragment(None);
    Ok(Base(url))
}

impl Base {
    /// An address below the base. Each segment and value is escaped, so that none can leave its place.
    #[must_use]
    pub fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        // Only addresses without a path refuse segments, and `parse` lets none of those in.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

fn parse(text: &str) -> Result<Url, HttpError> {
    let bad = |reason: &str| HttpError::BadUrl { address: before_query(text), reason: reason.to_owned() };
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    host_of(&url)?;
    Ok(url)
}

fn before_query(text: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    // What stands before an @ could be a password.
    let shown = text[..end].rsplit('@').next().unwrap_or_default();
    shown.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// Host and port for messages and as the key of what we know about the host.
///
/// # Errors
/// When the address is not one we would send anything to.
pub(crate) fn host_of(url: &Url) -> Result<String, HttpError> {
    let bad = |reason: &str| HttpError::BadUrl { address: before_query(url.as_str()), reason: reason.to_owned() };
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad("it names no host"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it holds a user name or password"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(host) => {}
        "http" => return Err(HttpError::InsecureUrl { host: host.to_owned() }),
        _ => return Err(bad("only https (and http to this machine) is spoken")),
    }
    Ok(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTED: &str = "https://www.coinspot.com.au/pubapi/v2";

    #[test]
    fn a_replacement_changes_scheme_host_and_port_and_keeps_the_path() {
        for replacement in ["http://127.0.0.1:8080", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/x?y=z"] {
            let base = base_url(Some(replacement), DOCUMENTED).unwrap();
            assert_eq!(base.url(&["latest"], &[]).as_str(), "http://127.0.0.1:8080/pubapi/v2/latest");
        }
        for none in [None, Some(""), Some(" ")] {
            let base = base_url(none, DOCUMENTED).unwrap();
            assert_eq!(base.url(&["latest"], &[]).as_str(), "https://www.coinspot.com.au/pubapi/v2/latest");
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in ["http://localhost:1", "http://127.9.9.9", "http://[::1]:80", "https://example.org"] {
            assert!(base_url(Some(good), DOCUMENTED).is_ok(), "{good}");
        }
        for bad in ["http://example.org", "http://127.0.0.1.example.org", "http://10.0.0.1", "http://localhost.evil"] {
            assert_eq!(base_url(Some(bad), DOCUMENTED).unwrap_err().code(), "insecure_url", "{bad}");
        }
        for bad in ["file:///etc/passwd", "ftp://127.0.0.1", "nonsense", "http://", "https://u:p@example.org"] {
            assert_eq!(base_url(Some(bad), DOCUMENTED).unwrap_err().code(), "bad_url", "{bad}");
        }
    }

    #[test]
    fn a_segment_or_value_cannot_leave_its_place() {
        let base = base_url(None, "https://example.org").unwrap();
        let url = base.url(&["orders", "../../x?y#z/w"], &[("symbol", "A&b=c d")]);
        assert_eq!(url.as_str(), "https://example.org/orders/..%2F..%2Fx%3Fy%23z%2Fw?symbol=A%26b%3Dc+d");
        assert_eq!(base.url(&["orders", ".."], &[]).as_str(), "https://example.org/orders");
    }

    #[test]
    fn passwords_and_queries_never_reach_a_message() {
        for address in
            ["ftp://u:hunter2@example.org/a?key=hunter2", "https://u:hunter2@example.org", "::hunter?hunter2"]
        {
            let message = base_url(Some(address), DOCUMENTED).unwrap_err().to_string();
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
