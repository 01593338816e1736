//! stub
use super::{FieldType, Name};
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldSecurity { Governed, NotGoverned, NotKnown }
pub struct StandardField { pub name: Name, pub field_type: FieldType, pub createable: Option<bool>, pub updateable: Option<bool>, pub nillable: Option<bool>, pub defaulted: Option<bool>, pub governed: FieldSecurity, pub compound: Option<Name>, pub reference_to: Vec<Name> }
pub fn field(_o:&Name, _f:&Name) -> Option<&'static StandardField> { None }
pub fn fields(_o:&Name) -> impl Iterator<Item=&'static StandardField> { std::iter::empty() }
pub fn is_standard_object(_o:&Name) -> bool { false }
pub fn compound_of(_o:&Name, _f:&Name) -> Option<Name> { None }
pub fn is_system_field(_n:&str) -> bool { false }
pub fn controlling_parent(_o:&Name) -> Option<Name> { None }
pub fn required_on_create(_o:&Name) -> Vec<&'static StandardField> { vec![] }
