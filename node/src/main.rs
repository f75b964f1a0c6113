//! The program of a centre: `clearinghouse`.

fn main() -> std::process::ExitCode {
    clearinghouse::command::main()
}
