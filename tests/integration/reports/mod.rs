//! What is made of findings: known ones, what a change brings, and the formats.

mod action;
mod baseline;
mod change;
mod formats;
mod manual;
mod schemas;
