//! What a person set for the sources, where the sources read it at each run.
//!
//! Invariants: reading never waits and never touches the disk or the keyring; a value stands only after it was judged by its
//! schema; the demo reads no secret of the trader's. Deliberately absent: the values on disk (`store`), the keyring
//! (`secrets`).

use crate::outside::COINSPOT_SITE;
use crate::secrets::Secrets;
use ledgers::{Secret, Setting, SettingKind, Settings};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The source and setting that `OMC_SEC_CONTACT` stands in for.
const CONTACT: (&str, &str) = ("sec_edgar", "contact");
/// What the demo's sources get in place of what a person would have set: the demo's world takes anything.
const DEMO_VALUE: &str = "demo@example.com";

type Values = BTreeMap<String, String>;

/// Who a source is, beside its name and cadence, and what may be set for it.
pub(crate) struct Described {
    pub publisher: &'static str,
    pub site: &'static str,
    pub settings: &'static [Setting],
}

/// What is known of a source; CoinSpot's own have nothing to set.
pub(crate) fn described(name: &str) -> Described {
    match sources::find(name) {
        Some(entry) => Described { publisher: entry.publisher, site: entry.site, settings: entry.settings },
        None => Described { publisher: "CoinSpot", site: COINSPOT_SITE, settings: &[] },
    }
}

/// The settings of all sources, as they stand.
pub(crate) struct SourceSettings {
    demo: bool,
    contact: Option<String>,
    stored: RwLock<BTreeMap<String, Values>>,
    secrets: Arc<Secrets>,
}

impl SourceSettings {
    pub fn new(demo: bool, contact: &str, secrets: Arc<Secrets>) -> Self {
        let contact = Some(contact.trim()).filter(|text| !text.is_empty()).map(ToOwned::to_owned);
        Self { demo, contact, stored: RwLock::default(), secrets }
    }

    /// Takes over what is stored.
    pub fn load(&self, all: impl IntoIterator<Item = (String, Values)>) {
        *self.stored.write().unwrap_or_else(PoisonError::into_inner) = all.into_iter().collect();
    }

    /// Takes over what was just stored for one source.
    pub fn put(&self, source: &str, values: Values) {
        self.stored.write().unwrap_or_else(PoisonError::into_inner).insert(source.to_owned(), values);
    }

    /// What a person set for a source.
    pub fn stored(&self, source: &str) -> Values {
        let stored = self.stored.read().unwrap_or_else(PoisonError::into_inner);
        stored.get(source).cloned().unwrap_or_default()
    }

    /// What the environment says in place of what was set: the variable and its value.
    pub fn overridden(&self, source: &str, setting: &str) -> Option<(&'static str, &str)> {
        let contact = self.contact.as_deref().filter(|_| (source, setting) == CONTACT)?;
        Some(("OMC_SEC_CONTACT", contact))
    }
}

impl Settings for SourceSettings {
    fn value(&self, source: &str, setting: &str) -> Option<String> {
        if let Some((_, value)) = self.overridden(source, setting) {
            return Some(value.to_owned());
        }
        let known = described(source).settings.iter().find(|known| known.name == setting);
        let standing = || known.map(|known| known.default.to_owned()).filter(|default| !default.is_empty());
        let demo = || {
            (self.demo && known.is_some_and(|known| matches!(known.kind, SettingKind::Text { .. })))
                .then(|| DEMO_VALUE.to_owned())
        };
        self.stored(source).remove(setting).filter(|value| !value.is_empty()).or_else(standing).or_else(demo)
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        if self.demo {
            return Some(Secret::new(DEMO_VALUE.to_owned()));
        }
        self.secrets.get(name)
    }
}

/// What stands after some changes, in one form; an empty value clears what was set.
pub(crate) fn changed(schema: &[Setting], stored: &Values, changes: &Values) -> Result<Values, ledgers::BadSetting> {
    let mut values = stored.clone();
    for (name, text) in changes {
        let value = ledgers::find_setting(schema, name)?.check(text)?;
        if value.is_empty() {
            values.remove(name);
        } else {
            values.insert(name.clone(), value);
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &[Setting] = &[
        Setting {
            name: "contact",
            label: "Contact",
            help: "",
            kind: SettingKind::Text { chars_max: 40 },
            required: true,
            default: "",
        },
        Setting {
            name: "pages",
            label: "Pages",
            help: "",
            kind: SettingKind::Whole { min: 1, max: 5 },
            required: false,
            default: "2",
        },
    ];

    fn of(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn one_bad_value_leaves_everything_as_it_was_and_an_empty_one_clears() {
        let stored = of(&[("contact", "me@example.com")]);
        let bad = changed(SCHEMA, &stored, &of(&[("contact", "you@example.com"), ("pages", "9")])).unwrap_err();
        assert_eq!((bad.code, bad.setting.as_str()), ("bad_setting", "pages"));
        let good = changed(SCHEMA, &stored, &of(&[("contact", ""), ("pages", " 3 ")])).unwrap();
        assert_eq!(good, of(&[("pages", "3")]));
    }

    #[test]
    fn the_environment_stands_above_what_was_set_and_only_where_it_belongs() {
        let settings = |contact: &str| {
            let settings = SourceSettings::new(false, contact, Arc::new(Secrets::none()));
            settings.load([("sec_edgar".to_owned(), of(&[("contact", "set@example.com")]))]);
            settings
        };
        let value = |settings: &SourceSettings, source| settings.value(source, "contact");
        assert_eq!(value(&settings(""), "sec_edgar").as_deref(), Some("set@example.com"));
        assert_eq!(value(&settings(" env@example.com "), "sec_edgar").as_deref(), Some("env@example.com"));
        assert_eq!(value(&settings("env@example.com"), "reddit"), None);
    }

    #[test]
    fn the_demo_reads_no_secret_of_the_traders() {
        let mine = BTreeMap::from([("reddit_client_id".to_owned(), Secret::new("mine".to_owned()))]);
        let secrets = Arc::new(Secrets::new(&mine, None));
        let (real, demo) =
            (SourceSettings::new(false, "", Arc::clone(&secrets)), SourceSettings::new(true, "", secrets));
        assert_eq!(real.secret("reddit_client_id").unwrap().reveal(), "mine");
        assert_eq!(demo.secret("reddit_client_id").unwrap().reveal(), DEMO_VALUE);
    }
}
