//! Packages that are shown, tested or other people's, and not deployed.

/// Folders whose packages are shown or tested, not deployed, or are other people's.
pub(super) fn is_aside(folder: &str) -> bool {
    let ends = ["-test", "-tests", "-tester", "-testkit", "-example", "-examples"];
    folder.split('/').any(|part| {
        ends.iter().any(|end| part.ends_with(end))
            || matches!(
                part,
                "examples"
                    | "example"
                    | "samples"
                    | "demos"
                    | "demo"
                    | "tests"
                    | "test"
                    | "benches"
                    | "benchmarks"
                    | "fuzz"
                    | "xtask"
                    | "testing"
                    | "fixtures"
                    | "testdata"
                    | "integration-tests"
                    | "e2e"
                    | "tutorials"
                    | "vendor"
                    | "third_party"
                    | "third-party"
            )
    })
}
