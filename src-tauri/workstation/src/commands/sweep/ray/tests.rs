use super::*;
use std::collections::BTreeMap;

fn request(on: Option<&str>) -> SweepRequest {
    SweepRequest { on: on.map(str::to_owned), ..SweepRequest::default() }
}

fn code(request: &SweepRequest) -> Option<String> {
    cluster(request).err().map(|error| error.code().to_owned())
}

#[test]
fn a_cluster_is_an_address_and_nothing_that_could_be_anything_else() {
    for good in ["ray://local", "ray://auto", "ray://10.0.0.7:10001", "ray://head.example:1", "ray://[::1]:10001"] {
        assert_eq!(cluster(&request(Some(good))).unwrap().unwrap().on, good);
    }
    for bad in
        ["local", "ray://", "ray://host", "ray://:1", "ray://host:0", "ray://h/x:1", "http://h:1", "ray://h:99999"]
    {
        assert_eq!(code(&request(Some(bad))).as_deref(), Some("bad_cluster"), "{bad}");
    }
    assert!(cluster(&request(None)).unwrap().is_none());
    let sharded = SweepRequest { shard: Some("1/2".into()), ..request(Some("ray://local")) };
    let none = SweepRequest { nodes: Some(0), ..request(Some("ray://local")) };
    let nowhere = SweepRequest { nodes: Some(2), ..request(None) };
    for bad in [sharded, none, nowhere] {
        assert_eq!(code(&bad).as_deref(), Some("bad_cluster"));
    }
}

#[test]
fn a_shard_is_asked_what_was_asked_here_with_times_as_they_were_understood() {
    let request = SweepRequest {
        strategy: "sma_cross".into(),
        axes: vec!["fast=2..9".into(), "slow=10,20".into()],
        params: BTreeMap::from([("share".to_owned(), "50".to_owned())]),
        coins: vec!["btc".into(), "ETH".into()],
        intervals: vec!["1h".into()],
        from: Some("2024-07-01".into()),
        fee_bps: Some(20),
        ..SweepRequest::default()
    };
    let asked = super::super::read_request(&request, &Arc::default()).unwrap();
    let words = words(&request, &asked).join(" ");
    let expected = "sweep --grid fast=2..9 --grid slow=10,20 --param share=50 --coin btc,ETH --interval 1h \
                    --from 2024-06-30T14:00:00Z --cash 10000 --fee-bps 20 --threads 1";
    assert_eq!(words, expected);
}

/// A driver that says these lines, and then waits for its leash to end.
#[cfg(unix)]
fn driver(folder: &Path, says: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("driver");
    std::fs::write(&path, format!("#!/bin/sh\n{says}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[cfg(unix)]
fn driven(says: &str, job: &Job) -> Result<u64> {
    let folder = tempfile::tempdir().unwrap();
    drive(&driver(folder.path(), says), [Path::new("script"), &folder.path().join("job")], 1_000, job)
}

#[cfg(unix)]
#[test]
fn a_driver_tells_how_far_it_is_what_went_wrong_and_that_it_is_done() {
    let job = Job::default();
    let says = r#"echo '{"shards":4,"nodes":2,"ray":"2"}'; echo '{"done":1,"of":4,"part":3,"node":"a"}'; echo '{"finished":4}'"#;
    assert_eq!(driven(says, &job).unwrap(), 4);
    assert_eq!(job.progress(), (250, 1_000));
    let code = |says: &str| driven(says, &Job::default()).unwrap_err().code().to_owned();
    assert_eq!(code(r#"echo '{"error":"ray_missing","message":"no Ray"}'; exit 1"#), "ray_missing");
    assert_eq!(code(r#"echo '{"error":"rm -rf","message":"?"}'; exit 1"#), "ray_broken");
    assert_eq!(code("echo no json; exit 0"), "ray_broken");
    let error = drive("/nonexistent/python", [Path::new("a"), Path::new("b")], 1, &Job::default()).unwrap_err();
    assert_eq!(error.code(), "python_missing");
    let words = driven("echo it fell over >&2; exit 3", &Job::default()).unwrap_err().to_string();
    assert!(words.contains("it fell over"), "{words}");
}

#[cfg(unix)]
#[test]
fn a_cancelled_run_lets_go_of_the_leash_and_waits_until_the_driver_has_ended_its_workers() {
    let folder = tempfile::tempdir().unwrap();
    let python = driver(folder.path(), "cat > /dev/null\nsleep 0.3\ntouch \"$3.ended\"");
    let (job, file) = (Job::default(), folder.path().join("job"));
    job.cancel();
    let error = drive(&python, [Path::new("script"), &file], 1, &job).unwrap_err();
    assert_eq!(error.code(), "cancelled");
    assert!(folder.path().join("job.ended").exists(), "it was not killed: it ended in order");
}
