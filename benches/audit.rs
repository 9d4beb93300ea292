//! Measures, in one run on the same tree, (a) the floor: walk, read and `syn::parse_file` of every Rust file in parallel,
//! and (b) the whole audit; their ratio, and the peak of memory.
//!
//! `cargo bench --bench audit -- PATH [THREADS]`; without a path it measures the tree of Forge itself. Criterion and its
//! like repeat a function in one process; here memory matters as well, and a run of a second needs few repeats.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "the floor reads the tree by itself")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;

const REPEATS: usize = 5;

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let root = words.next().map_or_else(|| PathBuf::from("."), PathBuf::from);
    let threads = words.next().and_then(|threads| threads.parse().ok()).unwrap_or(2);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(256 * 1024 * 1024)
        .build()
        .expect("the system gives threads");
    let (mut floor, mut audit) = (Vec::new(), Vec::new());
    let mut parsed = 0;
    // Alternating, so that whatever else the machine does falls on both.
    for _ in 0..REPEATS {
        let started = Instant::now();
        parsed = pool.install(|| parse_all(&root, threads));
        floor.push(started.elapsed());
        let started = Instant::now();
        pool.install(|| {
            let how = forge::Settings { threads, use_cargo: true, left_out: Vec::new() };
            let sources = forge::discover(&root, &how).expect("the tree can be read");
            std::hint::black_box(forge::audit(&sources));
        });
        audit.push(started.elapsed());
    }
    let (floor, audit) = (median(floor), median(audit));
    println!("{parsed} Rust files, {threads} threads, median of {REPEATS} runs");
    println!("floor  {:.3} s", floor.as_secs_f64());
    println!("audit  {:.3} s", audit.as_secs_f64());
    println!("ratio  {:.2}", audit.as_secs_f64() / floor.as_secs_f64());
    if let Some(peak) = peak_memory() {
        println!("peak   {peak}");
    }
}

fn parse_all(root: &Path, threads: usize) -> usize {
    let files = std::sync::Mutex::new(Vec::new());
    ignore::WalkBuilder::new(root).hidden(false).threads(threads).build_parallel().run(|| {
        Box::new(|entry| {
            if let Ok(entry) = entry
                && entry.path().extension().is_some_and(|extension| extension == "rs")
            {
                files.lock().expect("nothing panics under it").push(entry.into_path());
            }
            ignore::WalkState::Continue
        })
    });
    let files = files.into_inner().expect("nothing panics under it");
    files
        .par_iter()
        .filter(|path| {
            let is_rust = std::fs::read_to_string(path).is_ok_and(|text| syn::parse_file(&text).is_ok());
            proc_macro2::extra::invalidate_current_thread_spans();
            is_rust
        })
        .count()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The most memory that the process held, as Linux counts it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|peak| peak.trim().to_owned())
}
