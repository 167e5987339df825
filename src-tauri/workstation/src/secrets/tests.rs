use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

const CANARY: &str = "canary-7e1f";

/// A keyring in memory, that can be locked, or keep silent until it is let go.
#[derive(Default)]
struct Fake {
    kept: Mutex<BTreeMap<String, Secret>>,
    locked: Mutex<bool>,
    silent: Option<Mutex<mpsc::Receiver<()>>>,
    asked: AtomicUsize,
}

impl Fake {
    fn answer(&self) -> std::result::Result<MutexGuard<'_, BTreeMap<String, Secret>>, Trouble> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(silent) = &self.silent {
            // Until the other end is gone.
            let _ = lock(silent).recv();
        }
        match *lock(&self.locked) {
            true => Err(trouble(&keyring::Error::NoStorageAccess("locked".into()))),
            false => Ok(lock(&self.kept)),
        }
    }
}

impl Keyring for Fake {
    fn get(&self, name: &str) -> std::result::Result<Option<Secret>, Trouble> {
        Ok(self.answer()?.get(name).cloned())
    }

    fn set(&self, name: &str, value: &Secret) -> std::result::Result<(), Trouble> {
        self.answer()?.insert(name.to_owned(), value.clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> std::result::Result<bool, Trouble> {
        Ok(self.answer()?.remove(name).is_some())
    }
}

fn canary() -> Secret {
    Secret::new(CANARY.to_owned())
}

fn on(fake: &Arc<Fake>, given: &[(&str, &str)]) -> Secrets {
    let given = given.iter().map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned()))).collect();
    Secrets::new(&given, Some(Arc::clone(fake) as Arc<dyn Keyring>))
}

#[tokio::test]
async fn a_secret_is_kept_read_and_removed_and_the_environment_stands_above_it() {
    let fake = Arc::new(Fake::default());
    let secrets = on(&fake, &[("openai_key", "from the environment"), ("gemini_key", "")]);
    assert_eq!(secrets.get("reddit_client_id"), None);
    secrets.set("reddit_client_id", canary()).await.unwrap();
    secrets.set("openai_key", canary()).await.unwrap();
    let anew = on(&fake, &[("openai_key", "from the environment")]);
    assert_eq!(anew.read_anew(vec!["reddit_client_id", "openai_key", "gemini_key"]).await, None);
    assert_eq!((anew.get("reddit_client_id"), anew.origin("reddit_client_id")), (Some(canary()), Some("keyring")));
    assert_eq!(anew.get("openai_key").unwrap().reveal(), "from the environment");
    assert_eq!((anew.origin("openai_key"), anew.origin("gemini_key")), (Some("environment"), None));
    assert!(anew.remove("reddit_client_id").await.unwrap());
    assert!(!anew.remove("reddit_client_id").await.unwrap());
    assert_eq!(anew.get("reddit_client_id"), None);
}

#[tokio::test]
async fn a_locked_keyring_says_so_and_takes_its_secrets_away() {
    let fake = Arc::new(Fake::default());
    let secrets = on(&fake, &[]);
    secrets.set("gemini_key", canary()).await.unwrap();
    *lock(&fake.locked) = true;
    let trouble = secrets.read_anew(vec!["gemini_key"]).await.unwrap();
    assert_eq!(trouble.code, "keyring_locked");
    assert_eq!(secrets.get("gemini_key"), None);
    let error = secrets.set("gemini_key", canary()).await.unwrap_err();
    assert_eq!(error.code(), "keyring_locked");
    assert!(error.to_string().contains("paper trading") && !format!("{error:?} {error}").contains(CANARY), "{error}");
}

#[tokio::test]
async fn a_keyring_that_hangs_holds_up_nobody_and_is_not_asked_by_many_at_once() {
    let (silence, silent) = mpsc::channel();
    let fake = Arc::new(Fake { silent: Some(Mutex::new(silent)), ..Fake::default() });
    let secrets = on(&fake, &[]);
    for _ in 0..3 {
        let asked = std::time::Instant::now();
        assert_eq!(secrets.read_anew(vec!["gemini_key"]).await.unwrap().code, "keyring_silent");
        assert!(asked.elapsed() < ASKED_MAX * 10);
    }
    assert_eq!(fake.asked.load(Ordering::SeqCst), 1, "only one thread waits for it");
    drop(silence);
    secrets.set("gemini_key", canary()).await.unwrap();
    assert_eq!(secrets.get("gemini_key"), Some(canary()), "once it answers, it is used again");
}

#[tokio::test]
async fn without_a_keyring_nothing_is_kept_anywhere_else() {
    let secrets = Secrets::none();
    assert_eq!(secrets.set("gemini_key", canary()).await.unwrap_err().code(), "no_keyring");
    assert_eq!(secrets.get("gemini_key"), None);
}

#[tokio::test]
async fn what_was_read_a_moment_ago_is_not_asked_for_again() {
    let fake = Arc::new(Fake::default());
    let secrets = on(&fake, &[("openai_key", "given")]);
    for _ in 0..5 {
        assert_eq!(secrets.refresh(&["openai_key", "gemini_key"]).await, None);
    }
    assert_eq!(fake.asked.load(Ordering::SeqCst), 1);
}

#[test]
fn what_can_be_no_secret_is_refused_without_being_repeated() {
    assert_eq!(checked("gemini_key", &Secret::new(format!(" {CANARY}\n"))).unwrap(), canary());
    for bad in [String::new(), " \n".to_owned(), format!("{CANARY}\n{CANARY}"), CANARY.repeat(500)] {
        let error = checked("gemini_key", &Secret::new(bad)).unwrap_err();
        assert_eq!(error.code(), "bad_secret");
        assert!(!format!("{error:?} {error}").contains(CANARY));
    }
    assert_eq!(known(CANARY).unwrap_err().code(), "unknown_secret");
    let unread = trouble(&keyring::Error::BadEncoding(CANARY.into()));
    assert!(!format!("{unread:?} {}", unread.words()).contains(CANARY));
}

#[test]
fn every_secret_a_source_needs_has_a_name_here() {
    let needed = sources::REGISTRY.iter().flat_map(|entry| entry.settings);
    for setting in needed.filter(|setting| matches!(setting.kind, ledgers::SettingKind::Secret)) {
        assert!(known(setting.name).is_ok(), "{}", setting.name);
    }
}
