//! What runs when a record is saved, judged for one user.
//!
//! In: the org, effective permissions, what is known of the user, and what a sync saves. Out: what formulas may take
//! for known, and whether validation rules can block. Knows nothing of HubSpot.

mod environment;
mod path;
mod resolve;
mod rule;
mod saves;
mod touched;

pub use environment::{environment, is_custom_profile, only_record_type};
pub use path::{Path, follow};
pub use resolve::{Unresolved, type_of_reference, unresolved};
pub use rule::{Blocking, RuleJudge, RuleVerdict, Shortfall};
pub use saves::{Saves, written_by_automation};
pub use touched::touched_as_user;
