//! HTTP/1.1 replies as bytes. Small on purpose: faults need every byte in hand.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
/// Smaller bodies are not worth packing.
const GZIP_FROM_BYTES: usize = 1024;

/// A reply before it is written.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// More headers, such as `Location`.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// What of the request shapes the reply's head.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) head_only: bool,
    pub(crate) keep_alive: bool,
    pub(crate) gzip: bool,
    pub(crate) if_none_match: Option<String>,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: content_type.to_owned(), headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn json(status: u16, body: String) -> Self {
        Self::new(status, JSON, body)
    }

    pub(crate) fn html(status: u16, body: String) -> Self {
        Self::new(status, HTML, body)
    }

    pub(crate) fn not_found(path: &str) -> Self {
        let safe: String =
            path.chars().filter(|c| c.is_ascii_alphanumeric() || "/_-.".contains(*c)).take(200).collect();
        Self::html(404, format!("<!DOCTYPE html>\n<html><body><pre>Cannot GET {safe}</pre></body></html>\n"))
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The weak tag of the body.
    pub(crate) fn etag(&self) -> String {
        let hash = self
            .body
            .iter()
            .fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3));
        format!("W/\"{:x}-{hash:016x}\"", self.body.len())
    }

    /// Applies conditional requests and packing; what comes out is final.
    pub(crate) fn finish(mut self, wanted: &Wanted) -> Self {
        if self.status == 200 {
            let tag = self.etag();
            let known = |list: &String| list.split(',').any(|t| t.trim() == tag || t.trim() == "*");
            let unchanged = wanted.if_none_match.as_ref().is_some_and(known);
            self = self.with_header("ETag", tag);
            if unchanged {
                self.status = 304;
                self.body.clear();
            }
        }
        if wanted.gzip && self.body.len() >= GZIP_FROM_BYTES {
            let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
            if let Ok(packed) = packer.write_all(&self.body).and_then(|()| packer.finish()) {
                self.body = packed;
                self =
                    self.with_header("Content-Encoding", "gzip".into()).with_header("Vary", "Accept-Encoding".into());
            }
        }
        self
    }

    /// The head, up to and with the empty line. `length` replaces `Content-Length`, `None` means chunked.
    pub(crate) fn head(&self, now_ms: i64, keep_alive: bool, length: Option<u64>) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\nDate: {}\r\n", self.status, reason(self.status), date(now_ms));
        if self.status != 304 {
            head += &format!("Content-Type: {}\r\n", self.content_type);
            head += &length.map_or("Transfer-Encoding: chunked\r\n".into(), |n| format!("Content-Length: {n}\r\n"));
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += if keep_alive { "Connection: keep-alive\r\n\r\n" } else { "Connection: close\r\n\r\n" };
        head.into_bytes()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn date(now_ms: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let pick = |names: &[&'static str], i: i64| names.get(i.unsigned_abs() as usize).copied().unwrap_or_default();
    let [year, month, day, hour, minute, second] = civil(now_ms);
    let (weekday, month) = (pick(&DAYS, now_ms.max(0) / 86_400_000 % 7), pick(&MONTHS, month - 1));
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// `1994-11-06T08:49:37Z`.
pub(crate) fn iso(now_ms: i64) -> String {
    let [year, month, day, hour, minute, second] = civil(now_ms);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month, day, hour, minute, second in UTC.
/// ISO 8601 with milliseconds.
pub(crate) fn iso_ms(now_ms: i64) -> String {
    format!("{}.{:03}Z", iso(now_ms).trim_end_matches('Z'), now_ms.rem_euclid(1_000))
}

/// The beginning of a UTC day written `YYYY-MM-DD`; none when that is no day.
pub(crate) fn day_ms(text: &str) -> Option<i64> {
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year @ 1970..=9999, month @ 1..=12, day @ 1..=31] = parts[..] else { return None };
    // Years that begin in March end with the day that some of them have more.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let found = (days - 719_468) * 86_400_000;
    (iso(found).get(..10) == Some(text)).then_some(found)
}

fn civil(now_ms: i64) -> [i64; 6] {
    let seconds = now_ms.max(0) / 1000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days since 1 March of year 0, in eras of 400 years: the end of February is the end of the year.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    let year = era * 400 + year_of_era + i64::from(month < 2);
    [year, month + 1, day, second / 3600, second / 60 % 60, second % 60]
}

#[cfg(test)]
mod tests {
    use super::{date, iso};

    #[test]
    fn dates_are_written_as_http_wants_them() {
        assert_eq!(date(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(951_782_400_000), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(date(1_735_689_599_999), "Tue, 31 Dec 2024 23:59:59 GMT");
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(iso(1_735_689_599_999), "2024-12-31T23:59:59Z");
    }
}
