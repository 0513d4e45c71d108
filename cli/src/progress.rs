//! What is going on, on stderr: a spinner or bar on a terminal; elsewhere nothing, or a line a step.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows what is being done until it is dropped.
pub struct Progress {
    bar: ProgressBar,
    /// Since when, if steps are lines.
    lines: Option<Instant>,
}

/// Prints lines on stderr without damage to what [`Progress`] draws there.
#[derive(Clone)]
pub struct Notes(ProgressBar);

impl Progress {
    /// A spinner with `message`.
    pub fn start(message: impl Into<String>) -> Self {
        Progress::with(
            ProgressBar::new_spinner(),
            "{spinner} {elapsed_precise} {wide_msg}",
            message.into(),
        )
    }

    /// A bar of `steps` parts.
    pub fn bar(steps: usize, message: impl Into<String>) -> Self {
        Progress::with(
            ProgressBar::new(steps as u64),
            "{spinner} {elapsed_precise} [{bar:28}] {pos}/{len} {wide_msg}",
            message.into(),
        )
    }

    fn with(bar: ProgressBar, template: &str, message: String) -> Self {
        // The templates are constants; should one not parse, the default style serves.
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(message);
        bar.enable_steady_tick(Duration::from_millis(100));
        Progress { bar, lines: None }
    }

    /// Has steps printed as lines when stderr is not a terminal.
    pub fn in_lines(mut self) -> Self {
        if !std::io::stderr().is_terminal() {
            self.lines = Some(Instant::now());
        }
        self
    }

    /// Goes on to the next step.
    pub fn step(&self, message: impl Into<String>) {
        let message = message.into();
        if let Some(start) = self.lines {
            eprintln!("[{:6.1} s] {message}", start.elapsed().as_secs_f64());
        }
        self.bar.set_message(message);
    }

    /// One more part of the bar is done.
    pub fn advance(&self) {
        self.bar.inc(1);
    }

    /// For lines that are to stay.
    pub fn notes(&self) -> Notes {
        Notes(self.bar.clone())
    }
}

impl Notes {
    /// Prints a line.
    pub fn print(&self, line: impl std::fmt::Display) {
        self.0.suspend(|| eprintln!("{line}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
