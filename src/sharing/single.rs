//! What opens records one by one: shares by hand and by Apex, teams and territories.
//!
//! The rows of share objects do not decide: some ways of sharing store none (Object Reference, AccountShare).

use super::Reach;
use crate::finding::Confidence;
use crate::snapshot::{Name, User};

/// What an account's team and a territory reach besides the account itself (Object Reference, AccountTeamMember, Territory2).
const BELOW_ACCOUNT: [&str; 3] = ["Contact", "Opportunity", "Case"];

/// Lowers a 'no' by what may open some of the records all the same.
pub(super) fn shares(object: &Name, user: &User, reach: &mut Reach) {
    reach.lower(Confidence::Likely);
    reach.fact(
        format!("single {object} records may be shared by hand or by Apex, which only a sample of them tells"),
        None,
    );
    let Some(shares) = user.other_shares else {
        reach.fact(
            "whether the user is in a territory or in teams of records was not read".to_owned(),
            None,
        );
        return;
    };
    let of_account = object.is("Account") || BELOW_ACCOUNT.iter().any(|name| object.is(name));
    if shares.territories > 0 && (of_account || object.is("Lead")) {
        reach.some = true;
        reach.lower(Confidence::Possible);
        let territories = counted(shares.territories, "territory", "territories");
        reach.fact(
            format!("the user is in {territories}, which may open records of {object}"),
            None,
        );
    }
    if shares.account_teams > 0 && of_account {
        reach.some = true;
        let teams = counted(shares.account_teams, "account", "accounts");
        reach.fact(
            format!(
                "the user is in the team of {teams}, which may open these and what hangs on them"
            ),
            None,
        );
    }
    if shares.opportunity_teams > 0 && object.is("Opportunity") {
        reach.some = true;
        let teams = counted(shares.opportunity_teams, "opportunity", "opportunities");
        reach.fact(
            format!("the user is in the team of {teams}, which may open these"),
            None,
        );
    }
}

fn counted(number: u64, one: &str, more: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {more}"),
    }
}
