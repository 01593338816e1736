//! What permgap does, seen from outside. One binary, so that linking happens once.
//!
//! Each module stands under `cfg(test)`, by which clippy knows that its helpers may panic.

#[cfg(test)]
mod access;
#[cfg(test)]
mod audits;
#[cfg(test)]
mod client;
#[cfg(test)]
mod compare;
#[cfg(test)]
mod corpora;
#[cfg(test)]
mod diff;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod fix;
#[cfg(test)]
mod formula;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod hubspot;
#[cfg(test)]
mod hubspot_simulator;
#[cfg(test)]
mod live;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod org_simulator;
#[cfg(test)]
mod output;
#[cfg(test)]
mod overlay;
#[cfg(test)]
mod report;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod runner;
#[cfg(test)]
mod saved;
#[cfg(test)]
mod scale;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod simulator;
#[cfg(test)]
mod snapshot_file;
#[cfg(test)]
mod tree;
#[cfg(test)]
mod triage;
