//! Integration tests: permgap from outside, against a simulated Salesforce org.

mod org_simulator;
#[cfg(test)]
mod simulator;
