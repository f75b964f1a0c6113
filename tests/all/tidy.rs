//! What keeps the repository in the order that `docs/style.md` describes?

/// What is not as it should be, and where.
mod fault;

/// Where words, signs, texts and remarks begin and end.
mod lexer;

/// Rust source as rules see it: words, texts, remarks, and which lines are tests.
mod source;

/// Every file of the repository.
mod house;

/// How long files and functions are, and how files begin.
mod size;

/// What each thing is called.
mod names;

/// Which module uses which.
mod layers;

/// Where each outside thing lives.
mod homes;

/// What remarks, texts and documents may say.
mod prose;

/// Which parts from others are used.
mod manifests;

/// Where documents point.
mod links;

/// What both languages say.
mod languages;

/// What is known to be untidy, and why.
mod known;

/// Each rule on small samples.
mod samples;

use fault::Fault;
use house::House;

/// A rule looks at the whole house and names what is not as it should be.
type Rule = fn(&House) -> Vec<Fault>;

/// Every rule, by the name under which it reports.
const RULES: &[(&str, Rule)] = &[
    (
        "a file says first which question it answers",
        size::first_lines,
    ),
    (
        "a file is at most 400 lines, a function at most 60",
        size::lengths,
    ),
    ("a file is split by question, never by kind", names::files),
    ("a name is a word of ours", names::words),
    ("a module uses only those above it", layers::order),
    ("each outside thing has one home", homes::homes),
    ("protocol does nothing, it decides", homes::purity),
    ("nothing unwraps, and an expect says why", homes::certainty),
    ("an open task is an issue", prose::tasks),
    ("nothing is commented out", prose::dead_code),
    (
        "nothing names one machine, one person or one registry",
        prose::places,
    ),
    ("every path in a document leads somewhere", links::targets),
    (
        "every part that is asked for is used",
        manifests::dependencies,
    ),
    ("every vector is described and read", links::vectors),
    ("both languages say the same", languages::parity),
];

#[test]
fn the_repository_is_tidy() {
    let house = House::open();
    let mut report = String::new();
    for (name, rule) in RULES {
        for line in known::without_known(name, rule(&house)) {
            report.push_str(&format!("{name}: {line}\n"));
        }
    }
    assert!(report.is_empty(), "not tidy:\n{report}");
}
