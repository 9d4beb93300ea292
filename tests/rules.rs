//! Every example of every rule's page: `cargo test --test rules pinned-image` runs those of one rule.

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let trials = forge::example_tests()
        .into_iter()
        .map(|test| {
            let name = test.name.clone();
            Trial::test(name, move || test.run().map_err(Failed::from))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
