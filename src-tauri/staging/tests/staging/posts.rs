//! The gathering service and the forums: who may ask, and what they say.

use crate::client::{exchange, get, get_with, seen, world};
use staging::Staging;
use staging::world::{GATHERED, POSTS};
use std::collections::HashSet;
use std::time::Duration;

const POSTS_OF: &str = "/api/developer/v2/posts/?public=true&auth_token=";

#[tokio::test]
async fn gathered_headlines_want_a_token_and_the_link_to_more_repeats_it() {
    let staging = world().await;
    let reply = get(&staging, &format!("{POSTS_OF}my-token")).await.json();
    let posts = reply["results"].as_array().unwrap();
    let ids: HashSet<u64> = posts.iter().map(|post| post["id"].as_u64().unwrap()).collect();
    assert_eq!((posts.len(), ids.len()), (GATHERED, GATHERED));
    assert!(reply["next"].as_str().unwrap().contains("auth_token=my-token"));
    for (target, status) in [
        (format!("{POSTS_OF}bad"), 401),
        (POSTS_OF.to_owned(), 401),
        ("/api/free/v2/posts/?auth_token=x".to_owned(), 403),
    ] {
        let refused = get(&staging, &target).await;
        assert_eq!((refused.status, refused.json()["status"].as_str()), (status, Some("api_error")), "{target}");
    }
}

async fn token(staging: &Staging, authorization: &str, body: &str) -> (u16, serde_json::Value) {
    let length = body.len();
    let request = format!(
        "POST /api/v1/access_token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {authorization}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let (bytes, reset) = exchange(staging, request.as_bytes()).await;
    let reply = seen(&bytes, reset);
    (reply.status, reply.json())
}

#[tokio::test]
async fn forums_want_a_token_that_lives_for_an_hour() {
    let staging = world().await;
    let grant = "grant_type=client_credentials";
    for refused in ["Basic YmFkOngK", "Basic Og==", "Bearer x", ""] {
        assert_eq!(token(&staging, refused, grant).await.0, 401, "{refused}");
    }
    assert_eq!(token(&staging, "Basic aWQ6c2VjcmV0", "grant_type=password").await.1["error"], "unsupported_grant_type");
    let (status, granted) = token(&staging, "Basic aWQ6c2VjcmV0", grant).await;
    assert_eq!((status, granted["expires_in"].as_i64()), (200, Some(3600)));
    let bearer = format!("Authorization: bearer {}\r\n", granted["access_token"].as_str().unwrap());
    let reply = get_with(&staging, "/r/Bitcoin/new?limit=50", &bearer).await.json();
    assert_eq!(reply["data"]["children"].as_array().unwrap().len(), POSTS);
    let hot = get_with(&staging, "/r/Bitcoin/hot", &bearer).await.json();
    assert_eq!(hot["data"]["children"][0]["data"]["stickied"], true);
    for (forum, status) in [("private", 403), ("banned", 404), ("nowhere", 302)] {
        assert_eq!(get_with(&staging, &format!("/r/{forum}/new"), &bearer).await.status, status);
    }
    assert_eq!(get(&staging, "/r/Bitcoin/new").await.status, 401);
    staging.advance(Duration::from_secs(3600));
    assert_eq!(get_with(&staging, "/r/Bitcoin/new", &bearer).await.status, 401);
}

#[tokio::test]
async fn a_forum_moves_with_world_time_and_no_post_is_from_the_future() {
    let staging = world().await;
    let posts = |now_ms| staging.world().at(now_ms).posts("Bitcoin");
    let (now, later) = (posts(staging.now_ms()), posts(staging.now_ms() + 3_600_000));
    assert_eq!(now, posts(staging.now_ms()));
    assert!(now.iter().all(|post| post.created_ms <= staging.now_ms()));
    assert!(now.is_sorted_by(|a, b| a.created_ms > b.created_ms));
    let ids = |of: &[staging::world::Post]| of.iter().map(|post| post.id.clone()).collect::<HashSet<_>>();
    assert!(!ids(&later).is_subset(&ids(&now)) && ids(&later).intersection(&ids(&now)).count() > 10);
    assert_eq!(ids(&now).len(), POSTS);
}
