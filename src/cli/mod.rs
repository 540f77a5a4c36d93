//! Floor 10: the command line. Here alone files are read and written, the terminal and the clock
//! are used, and it is decided how a run ends.

mod args;
mod check;
mod compare;
mod exact;
mod explain;
mod init;
mod load;
mod output;
mod progress;
mod run;
mod sweep;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Command};

/// How a command ends, from good to bad: of several ends, the largest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// Done; every target is met, or there is none.
    Done,
    /// The interval straddles a target, or a figure is not established.
    Undecided,
    /// A target is missed.
    Missed,
    /// Somebody asked to end; what was done is written.
    Interrupted,
}

/// What ends a command early.
#[derive(Debug)]
enum Failure {
    /// The user's mistake: arguments or scenario. It has been told.
    Mistake,
    /// The world's refusal.
    World(String),
    /// Nothing is known, as somebody asked to end or time was up. It has been told.
    Unfinished(End),
}

impl From<Failure> for ExitCode {
    fn from(failure: Failure) -> ExitCode {
        match failure {
            Failure::Mistake => ExitCode::from(2),
            Failure::World(message) => {
                load::complain(&message);
                ExitCode::from(4)
            }
            Failure::Unfinished(end) => end.into(),
        }
    }
}

impl From<End> for ExitCode {
    fn from(end: End) -> ExitCode {
        ExitCode::from(match end {
            End::Done => 0,
            End::Missed => 1,
            End::Undecided => 3,
            End::Interrupted => 130,
        })
    }
}

/// Runs the command that the arguments say.
pub(crate) fn main() -> ExitCode {
    let args = Args::parse();
    args.color.write_global();
    if let Some(threads) = args.threads
        && let Err(error) = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .build_global()
    {
        return Failure::World(format!("cannot start {threads} threads: {error}")).into();
    }
    let result = match &args.command {
        Command::Run(command) => run::run(&args, command),
        Command::Sweep(command) => sweep::sweep(&args, command),
        Command::Compare(command) => compare::compare(&args, command),
        Command::Exact(command) => exact::exact(&args, command),
        Command::Check(command) => check::check(&args, command),
        Command::Explain(command) => explain::explain(&args, command),
        Command::Init(command) => init::init(command),
        Command::Schema => print(&format!("{:#}\n", failsim::scenario::schema())),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "failsim", &mut text);
            print(&String::from_utf8_lossy(&text))
        }
        Command::Man => {
            let mut text = Vec::new();
            match clap_mangen::Man::new(Args::command()).render(&mut text) {
                Ok(()) => print(&String::from_utf8_lossy(&text)),
                Err(error) => Err(Failure::World(format!("cannot write the manual: {error}"))),
            }
        }
    };
    match result {
        Ok(end) => end.into(),
        Err(failure) => failure.into(),
    }
}

/// Prints to standard output. A reader that has gone away, such as `head`, is no failure.
fn print(text: &str) -> Result<End, Failure> {
    use std::io::Write;
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::World(
            format!("cannot write to standard output: {error}"),
        )),
        _ => Ok(End::Done),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Args::command().debug_assert();
    }
}
