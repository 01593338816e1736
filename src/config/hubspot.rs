//! What HubSpot's token is meant for, and where HubSpot's facts are: the `[hubspot]` table.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// The `[hubspot]` table. It holds no token: that comes from the environment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct HubSpotSettings {
    /// A file that `permgap hubspot --save` wrote.
    pub facts: Option<PathBuf>,
    /// What people may do through a connector, and what HubSpot's API does not tell of users and apps.
    pub policy: Option<PathBuf>,
    /// What the token is meant for: names of features; none means what permgap itself reads.
    pub features: Vec<String>,
    /// Scopes that the app asks for only where the account can grant them.
    pub optional_scopes: Vec<String>,
    /// HubSpot objects whose properties are read, beside those of the mappings.
    pub objects: Vec<String>,
}
