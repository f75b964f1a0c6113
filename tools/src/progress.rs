//! How does a person see that something long is going on?

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over sooner shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error: only on a terminal, and only when it takes more than a second.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    since: Instant,
    shown: bool,
}

impl Progress {
    /// For `steps` steps of `what`.
    pub fn new(what: &'static str, steps: u64) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} {bar:32} {human_pos}/{human_len} {eta}")
            .expect("the template is sound");
        bar.set_style(style);
        bar.set_message(what);
        Progress {
            bar,
            since: Instant::now(),
            shown: false,
        }
    }

    /// So many steps are done.
    pub fn advance(&mut self, steps: u64) {
        if !self.shown && self.since.elapsed() > PATIENCE {
            self.shown = true;
            // Draws nothing where standard error is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(steps);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
