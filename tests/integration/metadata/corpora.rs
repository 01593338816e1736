//! Real public trees, where `PERMGAP_CORPORA` names the folder that holds them.

use std::path::PathBuf;
use std::{env, fs};

use permgap::snapshot::store;

use super::tree::collect;

#[test]
fn real_trees_are_read_without_a_problem_and_the_same_each_time() {
    let Some(corpora) = env::var_os("PERMGAP_CORPORA") else {
        return;
    };
    let mut folders: Vec<PathBuf> = fs::read_dir(corpora)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let mut read = 0;
    for folder in folders {
        let Ok(snapshot) = collect(&[&folder]) else {
            continue;
        };
        read += 1;
        assert!(snapshot.problems.is_empty(), "{:#?}", snapshot.problems);
        assert!(!snapshot.objects.is_empty() && !snapshot.permission_sets.is_empty());
        assert_eq!(snapshot, collect(&[&folder]).unwrap());
        let mut saved = Vec::new();
        store::write(&snapshot, &mut saved).unwrap();
        let loaded = store::read(saved.as_slice(), "saved", store::SIZE_LIMIT).unwrap();
        assert_eq!(snapshot, loaded);
    }
    assert!(read > 0);
}
