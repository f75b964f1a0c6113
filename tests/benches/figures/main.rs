//! How fast is a node, beside what the same machine does without one?
//!
//! Every figure is measured in the same run as the thing it is compared with. `cargo bench` runs all of
//! them; `cargo bench -- edits` one.

mod assembly;
mod centre;
mod edits;
mod newcomer;
mod propagation;
mod search;
mod verify;

use std::time::{Duration, Instant};

/// Measures one thing and prints it.
type Figure = fn(&tokio::runtime::Runtime);

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let all: [(&str, Figure); 6] = [
        ("edits", edits::run),
        ("verify", verify::run),
        ("propagation", propagation::run),
        ("search", search::run),
        ("assembly", assembly::run),
        ("newcomer", newcomer::run),
    ];
    for (name, run) in all {
        if wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str())) {
            println!("\n{name}");
            run(&runtime);
        }
    }
}

/// Latencies of one kind of deed.
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Sorts what was measured.
    pub fn new(mut measured: Vec<Duration>) -> Latencies {
        measured.sort();
        Latencies(measured)
    }

    /// The latency that `share` of the deeds stay below, in milliseconds.
    pub fn at(&self, share: f64) -> f64 {
        let place = ((self.0.len() as f64 * share) as usize).min(self.0.len() - 1);
        self.0[place].as_secs_f64() * 1000.0
    }
}

/// What `deed` answers and how long it took.
pub fn timed<T>(deed: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let answer = deed();
    (answer, start.elapsed())
}

/// The largest memory that this process ever held, in MiB.
pub fn peak_memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
