//! Objects that no mapping names and that flows or Apex touch with the user's rights.
//!
//! In: their names, once flows and Apex were read. Out: their definitions, and what the user's containers list on them. What
//! cannot be read of them is left out, which leaves the need that automation has of them open; it costs no area's coverage,
//! since a name in the source of a class need be no object.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::oneshot;

use super::super::Wanted;
use super::super::ask::{Ask, Ledger};
use super::super::containers::Grants;
use super::super::objects::Objects;
use crate::salesforce::soql::{OrgSchema, is_api_name};
use crate::snapshot::{Name, ObjectKind, SObject, kind_of_name};

/// So many objects are looked at; automation in the user's name touches a handful.
const MOST: usize = 60;

/// What is waited for: the names of the objects, with the line of work that found them.
pub(in super::super) struct Touched<'l> {
    pub(in super::super) found: oneshot::Receiver<(BTreeSet<Name>, Ask<'l>)>,
}

impl Touched<'_> {
    /// The definitions of the objects that could be read whole, and what the containers list on them.
    pub(super) async fn read(
        self,
        ask: &Ask<'_>,
        schema: &OrgSchema,
        ids: &BTreeSet<String>,
        sees_fields: bool,
    ) -> (BTreeMap<Name, SObject>, Grants) {
        let nothing = (BTreeMap::new(), Grants::default());
        let Ok((names, found_by)) = self.found.await else {
            return nothing;
        };
        ask.join(&found_by);
        let wanted = Wanted {
            objects: names
                .into_iter()
                .filter(|name| {
                    is_api_name(name.as_str()) && kind_of_name(name) == ObjectKind::Ordinary
                })
                .take(MOST)
                .collect(),
            ..Wanted::default()
        };
        if wanted.objects.is_empty() || ids.is_empty() {
            return nothing;
        }
        let own = Ledger::new(None);
        let [a, b] = [0, 1].map(|_| Ask::new(ask.client.branch(), &own));
        let (objects, grants) = tokio::join!(
            async {
                let mut objects = Objects::read(&a, &wanted).await;
                objects.complete(&a, &wanted, sees_fields).await;
                objects.objects
            },
            Grants::read_on(&b, schema, &wanted, ids),
        );
        ask.client.join(&a.client);
        ask.client.join(&b.client);
        if !grants.is_whole() {
            return nothing;
        }
        let whole = objects
            .into_iter()
            .filter(|(name, object)| {
                !object.incomplete && object.fields_complete && wanted.objects.contains(name)
            })
            .collect();
        (whole, grants)
    }
}
