//! What is known to be untidy, and why?

use super::fault::Fault;

const PARTS: &str = "every part that is asked for is used";

/// A rule, a file that breaks it, and the reason. The aim is an empty table.
const KNOWN: &[(&str, &str, &str)] = &[(
    PARTS,
    "tests/Cargo.toml",
    "stories and comparisons are being written",
)];

/// What is to be reported: faults that are not known, and known ones that are gone.
pub fn without_known(rule: &str, faults: Vec<Fault>) -> Vec<String> {
    let known = || KNOWN.iter().filter(|(of, _, _)| *of == rule);
    let is_known = |fault: &&Fault| !known().any(|(_, path, _)| *path == fault.path);
    let mut lines: Vec<String> = faults
        .iter()
        .filter(is_known)
        .map(Fault::to_string)
        .collect();
    let gone = known().filter(|(_, path, _)| !faults.iter().any(|fault| fault.path == *path));
    lines.extend(gone.map(|(_, path, _)| format!("{path} is tidy: strike it from the table")));
    lines
}
