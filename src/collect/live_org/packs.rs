//! Divides a question about permission sets and objects so that the rows of each part surely fit one page.
//!
//! Pages of one query are read one after another; parts of a question are read at once.

use std::collections::BTreeSet;

use crate::snapshot::Name;

/// Rows that one page holds at most (REST API Developer Guide, "Query Options Header").
pub(super) const ROWS_AT_ONCE: usize = 2000;

/// Parts of a question. A user with hundreds of sets would need more to be sure; most sets list few fields, so that larger
/// parts then cost fewer calls than sure ones.
const MOST_PARTS: usize = 100;

/// Parts that are asked for one by one. More of them go several to a call.
const SINGLE_PARTS: usize = 24;

/// A part: these sets on these objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pack<'p> {
    pub(super) objects: Vec<&'p Name>,
    pub(super) sets: Vec<&'p str>,
}

/// The parts. `objects` come with the rows that one set can have on each.
pub(super) fn packs<'p>(
    objects: impl IntoIterator<Item = (&'p Name, usize)>,
    sets: &'p BTreeSet<String>,
) -> Vec<Pack<'p>> {
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    if sets.is_empty() {
        return Vec::new();
    }
    let objects: Vec<(&Name, usize)> = objects.into_iter().collect();
    let rows = objects
        .iter()
        .fold(0_usize, |sum, (_, rows)| sum.saturating_add(*rows))
        .saturating_mul(sets.len());
    let page = ROWS_AT_ONCE.max(rows.div_ceil(MOST_PARTS));
    let mut packs: Vec<Pack<'p>> = Vec::new();
    // The last pack takes more objects while they fit.
    let mut room = 0_usize;
    for (object, rows) in objects {
        let most = rows.saturating_mul(sets.len());
        if most > page {
            let at_once = (page / rows.max(1)).max(1);
            // Parts of one size, and not a last one with what the others left.
            let parts = sets.len().div_ceil(at_once);
            for part in sets.chunks(sets.len().div_ceil(parts)) {
                packs.push(Pack {
                    objects: vec![object],
                    sets: part.to_vec(),
                });
            }
            room = 0;
            continue;
        }
        match packs.last_mut().filter(|_| room > 0 && most <= room) {
            Some(pack) => pack.objects.push(object),
            None => {
                packs.push(Pack {
                    objects: vec![object],
                    sets: sets.clone(),
                });
                room = page;
            }
        }
        room = room.saturating_sub(most);
    }
    packs
}

/// How many of so many parts go into one call.
pub(super) fn together(parts: usize) -> usize {
    parts.div_ceil(SINGLE_PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(count: usize) -> BTreeSet<String> {
        (0..count).map(|set| format!("{set:04}")).collect()
    }

    #[test]
    fn every_set_meets_every_object_once_and_no_part_is_larger_than_a_page() {
        let rows = [1, 1500, 30, 208, 0, 400, 2500];
        let names: Vec<Name> = (0..rows.len())
            .map(|at| Name::from(format!("O{at}")))
            .collect();
        for count in [1, 7, 22, 40] {
            let sets = sets(count);
            let mut met = BTreeSet::new();
            let objects = || names.iter().zip(rows);
            for pack in packs(objects(), &sets) {
                let of_pack = |name: &&&Name| objects().find(|(known, _)| known == *name);
                let each: usize = (pack.objects.iter().filter_map(|name| of_pack(&name)))
                    .map(|(_, rows)| rows)
                    .sum();
                assert!(each * pack.sets.len() <= ROWS_AT_ONCE || pack.sets.len() == 1);
                for object in &pack.objects {
                    for set in &pack.sets {
                        assert!(met.insert((*object, *set)), "{object} {set} twice");
                    }
                }
            }
            assert_eq!(met.len(), names.len() * count);
        }
    }

    #[test]
    fn a_user_with_hundreds_of_sets_costs_a_bounded_number_of_parts() {
        let names: Vec<Name> = (0..20).map(|at| Name::from(format!("O{at}"))).collect();
        let sets = sets(400);
        let parts = packs(names.iter().map(|name| (name, 208)), &sets);
        assert!(parts.len() <= MOST_PARTS + names.len(), "{}", parts.len());
    }
}
