//! The generator of the benchmark's tree: what it writes is read in full.

#[path = "../../../benches/metadata/org.rs"]
mod org;

use super::tree::Tree;

#[test]
fn every_generated_fact_is_read() {
    let tree = Tree::new::<&str>(&[]);
    let size = org::Size {
        objects: 3,
        fields: 8,
        permission_sets: 2,
    };
    org::generate(&tree.path(""), size).unwrap();
    let snapshot = tree.collect();
    assert_eq!(tree.problems(&snapshot), [""; 0]);
    assert_eq!(snapshot.objects.len(), size.objects);
    assert_eq!(snapshot.permission_sets.len(), size.permission_sets);
    for set in snapshot.containers() {
        for object in (0..size.objects).map(org::object_name) {
            let object = object.as_str().into();
            assert_eq!(set.object(&object).len(), 1);
            for field in (0..size.fields).map(org::field_name) {
                let field = field.as_str().into();
                assert!(
                    snapshot
                        .objects
                        .get(&object)
                        .unwrap()
                        .fields
                        .contains_key(&field)
                );
                assert_eq!(set.field(&object, &field).len(), 1);
            }
        }
    }
}
