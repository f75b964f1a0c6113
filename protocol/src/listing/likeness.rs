//! Which known word did somebody probably mean?

/// Each element once, where it stands first.
pub(super) fn distinct<T: PartialEq>(list: Vec<T>) -> Vec<T> {
    let mut kept = Vec::with_capacity(list.len());
    for element in list {
        if !kept.contains(&element) {
            kept.push(element);
        }
    }
    kept
}

/// The known word that somebody who wrote this probably meant.
pub(super) fn nearest<'w>(spelling: &str, known: &[&'w str]) -> Option<&'w str> {
    let wanted = spelling.to_lowercase().replace(['_', ' '], "-");
    let scored = known
        .iter()
        .map(|word| (strsim::jaro_winkler(&wanted, &word.to_lowercase()), *word));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.75).then_some(best.1)
}

/// The known field that an unknown one misspells. Two letters may be wrong in a long name, one
/// in a short one: `id` is not `kind`, and a later version's `note` is not `name`.
pub(super) fn misspelt<'w>(name: &str, known: &[&'w str]) -> Option<&'w str> {
    // Whoever writes `private_notes` does not want to see them published.
    if name.starts_with("private") {
        return Some("private");
    }
    let slips = match name.len() {
        0..3 => return None,
        3..6 => 1,
        6..40 => 2,
        _ => return None,
    };
    known
        .iter()
        .copied()
        .find(|word| strsim::osa_distance(name, word) <= slips)
}
