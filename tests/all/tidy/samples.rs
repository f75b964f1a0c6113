//! Does each rule find what it should, and nothing else?

use std::collections::BTreeSet;

use super::house::House;
use super::{RULES, Rule};

/// The lines in which a rule finds faults in a house of one or more files.
fn found(rule: &str, files: &[(&str, &str)]) -> Vec<usize> {
    let rule: Rule = RULES
        .iter()
        .find(|(name, _)| *name == rule)
        .expect("a rule of ours")
        .1;
    let texts = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let paths: BTreeSet<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    rule(&House::of(texts.collect(), paths))
        .iter()
        .map(|fault| fault.line)
        .collect()
}

#[test]
fn a_rule_finds_its_faults_and_no_others() {
    let cases: &[(&str, &str, &str, &[usize])] = &[
        (
            "a file says first which question it answers",
            "a.rs",
            "//! What is it?\n",
            &[],
        ),
        (
            "a file says first which question it answers",
            "a.rs",
            "//! One\n//! sentence.\n",
            &[],
        ),
        (
            "a file says first which question it answers",
            "a.rs",
            "//! Things\n",
            &[1],
        ),
        (
            "a file says first which question it answers",
            "a.rs",
            "fn a() {}\n",
            &[1],
        ),
        (
            "a file is split by question, never by kind",
            "node/src/errors.rs",
            "",
            &[0],
        ),
        (
            "a file is split by question, never by kind",
            "node/src/error.rs",
            "",
            &[],
        ),
        (
            "a name is a word of ours",
            "a.rs",
            "struct LogManager;",
            &[1],
        ),
        (
            "a name is a word of ours",
            "a.rs",
            "\nfn get_it(item: u8) {}",
            &[2, 2],
        ),
        (
            "a name is a word of ours",
            "a.rs",
            "use hyper_util::x; fn get(target: u8) {}",
            &[],
        ),
        (
            "a name is a word of ours",
            "a.rs",
            "impl Iterator for A { type Item = u8; }",
            &[],
        ),
        (
            "each outside thing has one home",
            "node/src/a.rs",
            "fn a() { sled::open() }",
            &[1],
        ),
        (
            "each outside thing has one home",
            "node/src/store/db.rs",
            "use sled::Db;",
            &[],
        ),
        (
            "each outside thing has one home",
            "node/src/a.rs",
            "// Instant::now()",
            &[],
        ),
        (
            "each outside thing has one home",
            "node/src/a.rs",
            "\nuse x;\nfn a() { Instant::now(); }",
            &[3],
        ),
        (
            "each outside thing has one home",
            "node/src/a.rs",
            "#[cfg(test)]\nmod t {\nfn a() { Instant::now(); }\n}",
            &[],
        ),
        (
            "each outside thing has one home",
            "node/src/a.rs",
            "const A: &str = \"tile/0/000\";",
            &[1],
        ),
        (
            "protocol does nothing, it decides",
            "protocol/src/a.rs",
            "use std::fs::File;",
            &[1],
        ),
        (
            "protocol does nothing, it decides",
            "node/src/a.rs",
            "use std::fs::File;",
            &[],
        ),
        (
            "nothing unwraps, and an expect says why",
            "node/src/a.rs",
            "fn a() { b.unwrap(); }",
            &[1],
        ),
        (
            "nothing unwraps, and an expect says why",
            "node/src/a.rs",
            "fn a() { b.expect(\"b\"); }",
            &[1],
        ),
        (
            "nothing unwraps, and an expect says why",
            "node/src/a.rs",
            "fn a() { b.expect(\"it is so\"); }",
            &[],
        ),
        (
            "nothing unwraps, and an expect says why",
            "node/src/a/tests.rs",
            "fn a() { b.unwrap(); }",
            &[],
        ),
        (
            "an open task is an issue",
            "a.md",
            "first\nTODO: second",
            &[2],
        ),
        (
            "nothing is commented out",
            "a.rs",
            "// let a = 1;\nfn a() {}",
            &[1],
        ),
        (
            "nothing is commented out",
            "a.rs",
            "// Then so; and so.\n/// let a = b();\nfn a() {}",
            &[],
        ),
        (
            "nothing is commented out",
            "a.rs",
            "fn a() {\n    // b(1);\n}",
            &[2],
        ),
        (
            "nothing names one machine, one person or one registry",
            "a.md",
            "see /root/a",
            &[1],
        ),
        (
            "nothing names one machine, one person or one registry",
            "a.md",
            "tree/root/a",
            &[],
        ),
        (
            "nothing names one machine, one person or one registry",
            "a.md",
            "ann@example.org",
            &[],
        ),
        (
            "nothing names one machine, one person or one registry",
            "a.md",
            "ann@gmail.com.",
            &[1],
        ),
        (
            "every path in a document leads somewhere",
            "a.md",
            "[b](b.md) `docs/b.md`",
            &[1, 1],
        ),
        (
            "every path in a document leads somewhere",
            "a.md",
            "# Big one\n[b](#big-one)",
            &[],
        ),
        (
            "every path in a document leads somewhere",
            "a.md",
            "[a](a.md) [w](https://b.example)",
            &[],
        ),
        ("both languages say the same", "n/en/a.ftl", "a = b\n", &[0]),
    ];
    for (rule, path, text, lines) in cases {
        assert_eq!(
            found(rule, &[(path, text)]),
            *lines,
            "{rule}: {path}: {text}"
        );
    }
}

#[test]
fn a_function_of_61_lines_and_a_file_of_401_are_too_long() {
    let rule = "a file is at most 400 lines, a function at most 60";
    for (lines, faults) in [(60, vec![]), (61, vec![2])] {
        let text = format!("//! A?\nfn a() {{{}}}\n", "\n".repeat(lines - 1));
        assert_eq!(
            found(rule, &[("node/src/a.rs", &text)]),
            faults,
            "{lines} lines"
        );
    }
    for (lines, faults) in [(400, vec![]), (401, vec![0])] {
        let tests = "#[cfg(test)]\nmod tests {\n    fn a() {}\n}\n";
        let text = format!("{}{tests}", "// a\n".repeat(lines));
        assert_eq!(
            found(rule, &[("node/src/a.rs", &text)]),
            faults,
            "{lines} lines"
        );
        assert!(
            found(rule, &[("node/tests/a.rs", &text)]).is_empty(),
            "{lines} lines"
        );
    }
}

#[test]
fn a_module_may_use_what_stands_above_it_and_nothing_below() {
    let rule = "a module uses only those above it";
    let lib = ("node/src/lib.rs", "pub mod low;\npub mod high;\n");
    let room = (
        "node/src/low/mod.rs",
        "//! Modules stand lowest first.\nmod one;\nmod two;\n",
    );
    let cases: &[(&str, &str, &[usize])] = &[
        ("node/src/high.rs", "use crate::low::A;", &[]),
        ("node/src/low/one.rs", "use crate::high::A;", &[1]),
        ("node/src/low/one.rs", "use crate::{low::B, high::A};", &[1]),
        ("node/src/low/one.rs", "fn a() { b!(crate::high::A) }", &[1]),
        ("node/src/low/one.rs", "use super::two::A;", &[1]),
        ("node/src/low/one.rs", "use crate::low::two::A;", &[1]),
        (
            "node/src/low/one/deep.rs",
            "use super::super::two::A;",
            &[1],
        ),
        ("node/src/low/one/deep.rs", "use super::A;", &[]),
        ("node/src/low/two.rs", "use super::one::A;", &[]),
        (
            "node/src/low/one.rs",
            "#[cfg(test)]\nmod t { use crate::high::A; }",
            &[],
        ),
    ];
    for (path, text, lines) in cases {
        assert_eq!(
            found(rule, &[lib, room, (path, text)]),
            *lines,
            "{path}: {text}"
        );
    }
}

#[test]
fn languages_differ_in_a_message_an_attribute_or_a_value() {
    let rule = "both languages say the same";
    let english = ("n/en/a.ftl", "a = b { $c }\n    .d = e\n");
    for (french, faults) in [
        ("a = b { $c }\n    .d = e\n", 0),
        ("a = b { $c }\n", 1),
        ("a = b { $x }\n    .d = e\n", 2),
        ("a = b\n    .d = e\nf = g\n", 2),
    ] {
        assert_eq!(
            found(rule, &[english, ("n/fr/a.ftl", french)]).len(),
            faults,
            "{french}"
        );
    }
}

#[test]
fn a_part_is_named_where_it_is_used_and_nowhere_else() {
    let rule = "every part that is asked for is used";
    let whole = (
        "Cargo.toml",
        "[workspace.dependencies]\na-b = \"1\"\nc = \"1\"\n",
    );
    let part = (
        "n/Cargo.toml",
        "[dependencies]\na-b.workspace = true\n[lints]\nworkspace = true\n",
    );
    let source = ("n/src/a.rs", "use a_b::D;");
    assert_eq!(found(rule, &[whole, part, source]), vec![3]);
    assert_eq!(found(rule, &[whole, part]), vec![3, 2]);
}

#[test]
fn a_vector_without_document_or_test_is_found() {
    let rule = "every vector is described and read";
    let vector = ("tests/vectors/tlog", "");
    let page = ("docs/a.md", "`tests/vectors/tlog`");
    let test = (
        "protocol/tests/a.rs",
        "const A: &str = \"../tests/vectors/tlog/a\";",
    );
    assert_eq!(found(rule, &[vector]).len(), 2);
    assert_eq!(found(rule, &[vector, page]).len(), 1);
    assert!(found(rule, &[vector, page, test]).is_empty());
}
