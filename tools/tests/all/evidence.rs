//! Does `feedtool evidence` believe a fork, and nothing else?

use std::fs;
use std::path::{Path, PathBuf};

use clearinghouse_protocol::feed::identity::Identity;
use feedtool::describe::describe;
use feedtool::evidence::{EvidenceArgs, run};
use serde_json::Value;
use tempfile::TempDir;

/// The vectors were made by other code than ours.
fn vectors() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/feed/evidence.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn write(dir: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

fn args(from: &Path) -> EvidenceArgs {
    EvidenceArgs {
        from: from.display().to_string(),
        vkey: None,
        identity: None,
        witness: Vec::new(),
        json: false,
    }
}

/// What the command prints, or its exit code.
async fn outcome(args: &EvidenceArgs) -> Result<String, u8> {
    let mut out = Vec::new();
    let done = run(args, &mut out).await;
    done.map_err(|failure| failure.exit_code())?;
    Ok(String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn a_fork_is_believed_and_nothing_else_is() {
    let (dir, file) = (TempDir::new().unwrap(), vectors());
    let chain = file["identity"].as_str().unwrap();
    let identity = Identity::read(chain.as_bytes(), None).unwrap();
    let chain = write(&dir, "identity", chain).display().to_string();
    for case in file["cases"].as_array().unwrap() {
        if case.get("grow").is_some() {
            continue;
        }
        let from = write(&dir, "evidence", case["text"].as_str().unwrap());
        let holds = case["verified"] == true;
        let by_key = EvidenceArgs {
            vkey: Some(identity.log_key.to_string()),
            ..args(&from)
        };
        let by_identity = EvidenceArgs {
            identity: Some(chain.clone()),
            json: true,
            ..args(&from)
        };
        let told = outcome(&by_key).await;
        assert_eq!(told.is_ok(), holds, "{}: {told:?}", case["name"]);
        assert!(holds || told == Err(1), "{}: {told:?}", case["name"]);
        let told = outcome(&by_identity).await;
        assert_eq!(told.is_ok(), holds, "{}: {told:?}", case["name"]);
        if let Ok(told) = told {
            let told: Value = serde_json::from_str(&told).unwrap();
            let sizes = told["histories"].as_array().unwrap().iter();
            let sizes: Vec<&Value> = sizes.map(|side| &side["entries"]).collect();
            assert_eq!(
                sizes,
                case["sizes"].as_array().unwrap().iter().collect::<Vec<_>>()
            );
            let described = describe(case["text"].as_str().unwrap().as_bytes()).unwrap();
            assert_eq!(described.what, "evidence");
        }
    }
}

#[tokio::test]
async fn a_witness_is_asked_when_by_its_key_alone() {
    let (dir, file) = (TempDir::new().unwrap(), vectors());
    let identity = Identity::read(file["identity"].as_str().unwrap().as_bytes(), None).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let mut cases = cases
        .iter()
        .filter(|case| case["name"] == "a witness has said when");
    let text = cases.next().unwrap()["text"].as_str().unwrap();
    let from = write(&dir, "evidence", text);
    let mut args = EvidenceArgs {
        vkey: Some(identity.log_key.to_string()),
        ..args(&from)
    };
    let told = outcome(&args).await.unwrap();
    assert!(!told.contains("saw it"), "{told}");
    args.witness.push(identity.witness_key.to_string());
    let told = outcome(&args).await.unwrap();
    assert!(told.contains("saw it at 2026-09-21T"), "{told}");
}

#[tokio::test]
async fn without_a_key_nothing_is_said() {
    let (dir, file) = (TempDir::new().unwrap(), vectors());
    let from = write(&dir, "evidence", file["cases"][0]["text"].as_str().unwrap());
    assert_eq!(outcome(&args(&from)).await, Err(2));
    let missing = dir.path().join("nothing");
    assert_eq!(outcome(&args(&missing)).await, Err(2));
}
