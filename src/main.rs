//! The command line of failsim: it reads files, runs, prints, and answers with an exit code.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
