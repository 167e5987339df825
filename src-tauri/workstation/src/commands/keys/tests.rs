use crate::{Home, Mode, Reached, Secret, Workstation};
use domain::Fact;
use staging::Staging;

async fn opened(folder: &std::path::Path, staging: &Staging, key: &str, secret: &str) -> Workstation {
    let home = Home::resolve(Some(folder.join("w")), false).unwrap();
    let named = |name: &str, value: &str| (name.to_owned(), Secret::new(value.to_owned()));
    let secrets = [named("coinspot_key", key), named("coinspot_secret", secret)].into();
    let reached = Reached { coinspot: staging.url().to_owned(), secrets, ..Reached::default() };
    Workstation::open_reaching(&home, Mode::Write, reached).await.unwrap()
}

#[tokio::test]
async fn a_declaration_is_of_one_key_and_another_key_needs_its_own() {
    let (folder, staging) = (tempfile::tempdir().unwrap(), Staging::start(staging::Options::default()).await.unwrap());
    let ws = opened(folder.path(), &staging, "staging-key", "staging-secret").await;
    let check = ws.key_check().await.unwrap();
    assert_eq!((check.at_hand, check.declared_at, check.rights.as_deref()), (true, None, Some("trades")));
    let off = |ws: &Workstation, authority: &floor::Authority| ws.check_key(authority).map_err(|denial| denial.code);
    assert_eq!(off(&ws, &ws.desk().await.unwrap().authority), Err("key_missing".to_owned()));
    assert!(ws.key_declare().await.unwrap().declared_at.is_some());
    assert_eq!(off(&ws, &ws.desk().await.unwrap().authority), Ok(()));
    ws.close().await;

    let ws = opened(folder.path(), &staging, "staging-reading-key", "staging-reading-secret").await;
    let check = ws.key_check().await.unwrap();
    assert_eq!((check.declared_at, check.other_declared, check.rights.as_deref()), (None, true, Some("reads")));
    assert_eq!(off(&ws, &ws.desk().await.unwrap().authority), Err("key_changed".to_owned()));
    ws.close().await;

    let ws = opened(folder.path(), &staging, "", "").await;
    assert!(!ws.key_check().await.unwrap().at_hand);
    assert_eq!(ws.key_declare().await.unwrap_err().code(), "key_missing");
    assert_eq!(off(&ws, &ws.desk().await.unwrap().authority), Err("key_missing".to_owned()));
    assert_eq!(staging.truth().placed, 0);
}

#[tokio::test]
async fn a_key_is_nowhere_in_the_journal_and_a_secret_that_is_none_is_not_declared() {
    let (folder, staging) = (tempfile::tempdir().unwrap(), Staging::start(staging::Options::default()).await.unwrap());
    let ws = opened(folder.path(), &staging, "canary-key", "canary-secret").await;
    assert_eq!(ws.key_check().await.unwrap().problem.unwrap().code, "key_refused");
    ws.key_declare().await.unwrap();
    let facts = ws.store().control_facts().await.unwrap();
    let declared = facts.iter().filter(|recorded| matches!(recorded.fact, Fact::KeyDeclared { .. })).count();
    assert_eq!(declared, 1);
    assert!(!format!("{facts:?}").contains("canary"));
    let other = ws.secret_set("openai_key", Secret::new("x".to_owned()), true).await.unwrap_err();
    assert_eq!(other.code(), "only_a_key_is_declared");
}

#[tokio::test]
async fn the_lease_is_taken_and_given_up_by_facts() {
    let (folder, staging) = (tempfile::tempdir().unwrap(), Staging::start(staging::Options::default()).await.unwrap());
    let ws = opened(folder.path(), &staging, "", "").await;
    assert!(ws.lease().await.unwrap().held, "a machine by itself holds it");
    assert!(!ws.lease_set(false).await.unwrap().held);
    ws.close().await;
    let ws = opened(folder.path(), &staging, "", "").await;
    assert!(!ws.lease().await.unwrap().held, "across a restart");
    assert!(ws.lease_set(true).await.unwrap().held);
}
