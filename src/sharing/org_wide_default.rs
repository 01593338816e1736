//! Org-wide defaults, in the spellings of both APIs.

use super::Level;

/// The org-wide default of an object.
///
/// The Metadata API says `Private`, `Read`, `ReadWrite`, `ReadWriteTransfer`, `FullAccess`, `ControlledByParent` …
/// (SharingModel); the Object Reference has `None`, `Read`, `Edit`, `ReadEditTransfer`, `All` (EntityDefinition,
/// Organization). Both are taken; any other text is kept as it is and decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrgWideDefault {
    /// Only the owner and those above.
    Private,
    /// Everybody reads.
    Read,
    /// Everybody reads and edits.
    ReadWrite,
    /// Everybody reads, edits and gives to another owner.
    ReadWriteTransfer,
    /// Everybody has every right (campaigns).
    FullAccess,
    /// As the parent record.
    ControlledByParent,
    /// A text that permgap does not know.
    Other(String),
}

impl OrgWideDefault {
    /// Reads a spelling of either API.
    pub fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "private" | "none" => Self::Private,
            "read" | "readselect" => Self::Read,
            "readwrite" | "edit" => Self::ReadWrite,
            "readwritetransfer" | "readedittransfer" => Self::ReadWriteTransfer,
            "fullaccess" | "all" => Self::FullAccess,
            "controlledbyparent" | "controlledbycampaign" | "controlledbyleadorcontact" => {
                Self::ControlledByParent
            }
            _ => Self::Other(text.trim().chars().take(40).collect()),
        }
    }

    /// Whether it lets everybody do that.
    pub fn gives(&self, level: Level) -> bool {
        match self {
            Self::Read => level == Level::Read,
            Self::ReadWrite | Self::ReadWriteTransfer | Self::FullAccess => true,
            Self::Private | Self::ControlledByParent | Self::Other(_) => false,
        }
    }

    /// The words of Setup.
    pub fn label(&self) -> &str {
        match self {
            Self::Private => "Private",
            Self::Read => "Public Read Only",
            Self::ReadWrite => "Public Read/Write",
            Self::ReadWriteTransfer => "Public Read/Write/Transfer",
            Self::FullAccess => "Public Full Access",
            Self::ControlledByParent => "Controlled by Parent",
            Self::Other(text) => text,
        }
    }

    /// What a sharing rule gives; none where it does not say, or in words that permgap does not know.
    pub fn level_of_rule(text: Option<&str>) -> Option<Level> {
        match text?.trim().to_ascii_lowercase().as_str() {
            "read" => Some(Level::Read),
            "edit" | "all" | "readwrite" => Some(Level::Edit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_one_and_an_unknown_one_gives_nothing() {
        for (metadata, data) in [
            ("Private", "None"),
            ("ReadWrite", "Edit"),
            ("ReadWriteTransfer", "ReadEditTransfer"),
            ("FullAccess", "All"),
        ] {
            assert_eq!(OrgWideDefault::parse(metadata), OrgWideDefault::parse(data));
        }
        let odd = OrgWideDefault::parse("ReadMostly");
        assert_eq!(odd, OrgWideDefault::Other("ReadMostly".into()));
        assert!(!odd.gives(Level::Read));
    }
}
