//! Whether a value fits a setting of a source.
//!
//! Invariants: what fits is kept in one form (no spaces around it, choices in the order of the schema); an error names the
//! setting and what it may be, and never holds the value of a secret. Deliberately absent: where values are kept.

use crate::source::{Setting, SettingKind, inert};

/// Why a value was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct BadSetting {
    /// Which setting.
    pub setting: String,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// The setting of this name.
///
/// # Errors
/// `unknown_setting`, with the names there are.
pub fn find_setting<'a>(schema: &'a [Setting], name: &str) -> Result<&'a Setting, BadSetting> {
    schema.iter().find(|setting| setting.name == name).ok_or_else(|| {
        let names: Vec<&str> = schema.iter().map(|setting| setting.name).collect();
        let there = if names.is_empty() { "it has none".to_owned() } else { format!("use {}", names.join(", ")) };
        BadSetting {
            setting: inert(name),
            code: "unknown_setting",
            reason: format!("there is no such setting: {there}"),
        }
    })
}

impl Setting {
    /// The value as it is kept. An empty one says that nothing is set.
    ///
    /// # Errors
    /// `bad_setting` when it does not fit, `is_secret` for a secret, which is not kept here.
    pub fn check(&self, text: &str) -> Result<String, BadSetting> {
        let bad = |code, reason: String| Err(BadSetting { setting: self.name.to_owned(), code, reason });
        let text = text.trim();
        if let SettingKind::Secret = self.kind {
            return bad("is_secret", format!("it is a secret: use `omc secrets set {}`", self.name));
        }
        if text.is_empty() {
            return Ok(String::new());
        }
        match self.kind {
            SettingKind::Text { chars_max } if text.chars().count() > chars_max => {
                bad("bad_setting", format!("at most {chars_max} characters"))
            }
            SettingKind::Text { .. } if text.chars().any(char::is_control) => {
                bad("bad_setting", "one line of plain text".to_owned())
            }
            SettingKind::Text { .. } | SettingKind::Secret => Ok(text.to_owned()),
            SettingKind::Choice { of } if of.contains(&text) => Ok(text.to_owned()),
            SettingKind::Choice { of } => {
                bad("bad_setting", format!("'{}' is not one of {}", inert(text), of.join(", ")))
            }
            SettingKind::Choices { of } => {
                let chosen: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
                match chosen.iter().find(|part| !of.contains(*part)) {
                    Some(stranger) => {
                        bad("bad_setting", format!("'{}' is not among {}", inert(stranger), of.join(", ")))
                    }
                    None => Ok(of.iter().filter(|one| chosen.contains(*one)).copied().collect::<Vec<_>>().join(",")),
                }
            }
            SettingKind::Whole { min, max } => match text.parse::<u32>() {
                Ok(number) if (min..=max).contains(&number) => Ok(number.to_string()),
                _ => bad("bad_setting", format!("'{}' is no whole number from {min} to {max}", inert(text))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn of(kind: SettingKind) -> Setting {
        Setting { name: "it", label: "It", help: "", kind, required: false, default: "" }
    }

    fn refused(kind: SettingKind, text: &str) -> String {
        of(kind).check(text).unwrap_err().to_string()
    }

    #[test]
    fn what_fits_is_kept_in_one_form() {
        let choices = SettingKind::Choices { of: &["news", "media", "posts"] };
        assert_eq!(of(choices).check(" posts, news ,posts,").unwrap(), "news,posts");
        assert_eq!(of(SettingKind::Choice { of: &["a", "b"] }).check(" b ").unwrap(), "b");
        assert_eq!(of(SettingKind::Whole { min: 1, max: 50 }).check("007").unwrap(), "7");
        assert_eq!(of(SettingKind::Text { chars_max: 5 }).check(" ünïco ").unwrap(), "ünïco");
        for kind in [choices, SettingKind::Whole { min: 1, max: 2 }, SettingKind::Text { chars_max: 1 }] {
            assert_eq!(of(kind).check("  ").unwrap(), "", "nothing is no value");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        assert_eq!(refused(SettingKind::Whole { min: 1, max: 50 }, "51"), "it: '51' is no whole number from 1 to 50");
        assert_eq!(refused(SettingKind::Whole { min: 1, max: 50 }, "1.5"), "it: '1.5' is no whole number from 1 to 50");
        assert_eq!(refused(SettingKind::Choice { of: &["a", "b"] }, "c"), "it: 'c' is not one of a, b");
        assert_eq!(refused(SettingKind::Choices { of: &["a", "b"] }, "a,c"), "it: 'c' is not among a, b");
        assert_eq!(refused(SettingKind::Text { chars_max: 3 }, "four"), "it: at most 3 characters");
        assert_eq!(refused(SettingKind::Text { chars_max: 9 }, "a\r\nb: c"), "it: one line of plain text");
        let stranger = find_setting(&[of(SettingKind::Secret)], "other").unwrap_err();
        assert_eq!(
            (stranger.code, stranger.to_string().as_str()),
            ("unknown_setting", "other: there is no such setting: use it")
        );
    }

    #[test]
    fn a_secret_is_never_taken_and_never_repeated() {
        let error = of(SettingKind::Secret).check("canary").unwrap_err();
        assert_eq!(error.code, "is_secret");
        assert!(!format!("{error:?} {error}").contains("canary"));
    }
}
