//! Links in one spelling, so that the same page has the same key.

use crate::reading::Refusal;
use omc_http::Url;

const LINK_BYTES_MAX: usize = 2048;
/// Parameters that say where a reader came from, not what the page is.
const TRACKING: [&str; 22] = [
    "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "igshid", "mc_cid", "mc_eid",
    "mkt_tok", "_ga", "_gl", "ref", "ref_src", "referrer", "source", "src", "cmpid", "campaign", "share",
];

/// A link as everyone should write it: https, host in lower case, without tracking, fragment and slash at the end.
pub fn canonical(text: &str) -> Result<String, Refusal> {
    let bad = |reason: &str| Refusal::new("bad_link", format!("the link is not usable: {reason}"));
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::missing("the link"));
    }
    if text.len() > LINK_BYTES_MAX {
        return Err(bad("it is too long"));
    }
    let mut url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("only links to web pages are taken"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it holds a user name"));
    }
    if !url.host_str().is_some_and(|host| host.contains('.')) {
        return Err(bad("it names no site"));
    }
    if url.scheme() == "http" {
        // Can't fail between these two schemes.
        let _ = url.set_scheme("https");
    }
    url.set_fragment(None);
    let kept: Vec<(String, String)> =
        url.query_pairs().filter(|(name, _)| !is_tracking(name)).map(|(n, v)| (n.into(), v.into())).collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    let link = url.to_string();
    Ok(if path.is_empty() && url.query().is_none() { link.trim_end_matches('/').to_owned() } else { link })
}

fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("utm_") || name.starts_with("at_") || TRACKING.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_page_has_one_link() {
        for link in [
            "https://www.coindesk.com/markets/2026/a-b",
            "https://www.coindesk.com/markets/2026/a-b/",
            " HTTPS://WWW.CoinDesk.com:443/markets/2026/a-b#top ",
            "http://www.coindesk.com/markets/2026/a-b?utm_source=rss&UTM_Medium=x&fbclid=1",
            "https://www.coindesk.com/markets/2026/a-b/?ref=home#a?b",
        ] {
            assert_eq!(canonical(link).unwrap(), "https://www.coindesk.com/markets/2026/a-b", "{link}");
        }
        assert_eq!(canonical("https://x.com/?utm_id=1").unwrap(), "https://x.com");
    }

    #[test]
    fn what_names_the_page_stays() {
        assert_eq!(canonical("https://x.com/?p=12&utm_source=a&b=c%20d").unwrap(), "https://x.com/?p=12&b=c+d");
        assert_ne!(canonical("https://x.com/A").unwrap(), canonical("https://x.com/a").unwrap());
    }

    #[test]
    fn what_is_no_link_to_a_page_is_refused() {
        let long = format!("https://x.com/{}", "a".repeat(3000));
        for (link, code) in [
            ("", "missing"),
            ("/relative", "bad_link"),
            ("javascript:alert(1)", "bad_link"),
            ("data:text/html,<script>", "bad_link"),
            ("file:///etc/passwd", "bad_link"),
            ("https://user:secret@x.com/", "bad_link"),
            ("https://localhost/a", "bad_link"),
            ("NaN", "bad_link"),
            (&long, "bad_link"),
        ] {
            assert_eq!(canonical(link).unwrap_err().code, code, "{link:.40}");
        }
    }
}
