//! Runs one step: its output goes on to the terminal and is read on the way.

use crate::{
    outcome::{Count, Step},
    summary,
};
use std::{
    io::{BufRead, BufReader, IsTerminal, Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Mutex,
    time::Instant,
};

/// A tool that is needed and not there.
#[derive(Debug)]
pub(crate) struct Missing(pub String);

/// What a step consists of.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// Name in the summary.
    pub name: &'a str,
    /// Program and arguments.
    pub line: &'a [&'a str],
    /// Environment on top of ours.
    pub environment: &'a [(&'a str, &'a str)],
    /// Whether it prints `test result:` lines; a step that does not is one check itself.
    pub counts_tests: bool,
}

/// Runs a step in a folder.
pub(crate) fn run(folder: &Path, plan: &Plan<'_>) -> Result<Step, Missing> {
    let Some((program, arguments)) = plan.line.split_first() else {
        return Err(Missing("a step without a program".to_owned()));
    };
    summary::announce(plan.name, plan.line);
    let started = now();
    let mut child = Command::new(program)
        .args(arguments)
        .envs(plan.environment.iter().copied())
        .envs(std::io::stderr().is_terminal().then_some(("CARGO_TERM_COLOR", "always")))
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|fault| Missing(format!("`{program}` does not start: {fault}")))?;
    let count = Mutex::new(Count::default());
    std::thread::scope(|scope| {
        let errors = child.stderr.take();
        scope.spawn(|| errors.map(|from| pass_on(from, std::io::stderr(), &count)));
        child.stdout.take().map(|from| pass_on(from, std::io::stdout(), &count))
    });
    let ended = child.wait().map_err(|fault| Missing(format!("`{program}`: {fault}")))?;
    let count = count.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let count = count.settle(ended.success(), plan.counts_tests);
    Ok(Step { name: plan.name.to_owned(), count, took: started.elapsed() })
}

/// Copies line by line. A terminal that went away does not end the step.
fn pass_on(from: impl Read, mut to: impl Write, count: &Mutex<Count>) {
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let _ = to.write_all(&line).and_then(|()| to.write_all(b"\n"));
        if let Ok(mut count) = count.lock() {
            count.read(&plain(&String::from_utf8_lossy(&line)));
        }
    }
    let _ = to.flush();
}

/// The text without terminal colours: `ESC [ … letter`.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(letter) = rest.next() {
        if letter == '\u{1b}' {
            rest.by_ref().skip(1).find(char::is_ascii_alphabetic);
        } else {
            text.push(letter);
        }
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "a stopwatch for people, no decision hangs on it")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::{Plan, pass_on, plain, run};
    use crate::outcome::Count;
    use std::{path::Path, sync::Mutex};

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(
            plain("test result: \u{1b}[32mok\u{1b}[m. 1 passed"),
            "test result: ok. 1 passed"
        );
    }

    #[test]
    fn lines_are_passed_on_and_counted() {
        let (count, mut passed_on) = (Mutex::new(Count::default()), Vec::new());
        let printed = b"test result: ok. 2 passed; 0 failed\nabsent: data\n";
        pass_on(printed.as_slice(), &mut passed_on, &count);
        assert_eq!(passed_on, printed);
        let count = count.into_inner().unwrap().settle(true, true);
        assert_eq!((count.passed, count.failed, count.skipped), (1, 0, 1));
    }

    #[test]
    fn the_exit_code_of_a_step_counts() {
        for (program, expected) in [("true", (1, 0)), ("false", (0, 1))] {
            let plan =
                Plan { name: program, line: &[program], environment: &[], counts_tests: false };
            let count = run(Path::new("."), &plan).unwrap().count;
            assert_eq!((count.passed, count.failed), expected, "{program}");
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_missing() {
        let line = &["no-such-program-here"];
        let plan = Plan { name: "none", line, environment: &[], counts_tests: false };
        assert!(run(Path::new("."), &plan).unwrap_err().0.contains("no-such-program-here"));
    }
}
