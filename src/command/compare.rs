//! Audits a tree and sets it beside what was there before.

#![expect(
    clippy::disallowed_methods,
    reason = "a baseline is a file that the user names, not one of the audited tree"
)]

use std::collections::BTreeSet;
use std::path::Path;

use super::Failure;
use crate::cli::compare::Compare;
use crate::cli::policy::PolicySettings;
use crate::discover::{self, Settings, discover};
use crate::engine;
use crate::gate::baseline::{Baseline, RULESET};
use crate::gate::{self, Before, Gate};
use crate::git::{Base, Missing};
use crate::report::Report;
use crate::source::{Note, NoteLevel, Place, Sources};

/// Audits a folder and compares it. Cargo is not asked: it knows the tree on disk and not that of a commit.
///
/// # Errors
/// When the folder or the baseline cannot be read, or there is no such base.
pub(super) fn audit(
    root: &Path,
    threads: usize,
    compare: &Compare,
    policy: &PolicySettings,
) -> Result<(Sources, Report), Failure> {
    discover::check(root).map_err(Failure::Discover)?;
    let baseline = match compare.baseline.as_deref() {
        Some(path) => Some((shown(path), read(path)?)),
        None => None,
    };
    let read = |left_out: &[String]| {
        let how = Settings { threads, use_cargo: false, left_out: left_out.to_vec() };
        discover(root, &how).map_err(Failure::Discover)
    };
    let found = match compare.base.as_deref().map(|base| Base::find(root, base)).transpose() {
        Err(Missing::NoSuchRevision { name, near }) => return Err(Failure::NoSuchBase { name, near }),
        Err(Missing::NotHere(why)) => Err(why),
        Ok(base) => Ok(base),
    };
    let why = match found {
        Ok(Some(base)) => match against_commit(base, &read, compare, policy)? {
            Ok(compared) => return Ok(compared),
            Err(why) => why,
        },
        Ok(None) => String::new(),
        Err(why) => why,
    };
    let mut sources = read(&[])?;
    let policy = super::config::policy(&mut sources, policy)?;
    let mut report = engine::audit_under(&sources, &policy);
    match baseline {
        Some((path, baseline)) => {
            if !why.is_empty() {
                let message = format!("compared with `{path}`, since there is no base: {why}");
                add_note(&mut report, Note::info(Place::Tree, message));
            }
            let fails = compare.policy(&policy.config.gate);
            against_baseline(&mut report, &sources, &path, &baseline, &fails);
        }
        None => report.gate = Some(Gate::inconclusive(why)),
    }
    Ok((sources, report))
}

/// Compares with a commit; the inner error says why it cannot be read.
fn against_commit(
    base: Base,
    read: &dyn Fn(&[String]) -> Result<Sources, Failure>,
    compare: &Compare,
    policy: &PolicySettings,
) -> Result<Result<(Sources, Report), String>, Failure> {
    let submodules = base.submodules.clone();
    let id = base.id.clone();
    let mut head = read(&submodules)?;
    let mut old = match base.read() {
        Ok(old) => old,
        Err(Missing::NotHere(why)) => return Ok(Err(why)),
        Err(Missing::NoSuchRevision { name, near }) => return Err(Failure::NoSuchBase { name, near }),
    };
    old.share_texts(&head);
    head.remember(&old);
    let (of_head, of_base) = super::config::policies(&mut head, &mut old, policy)?;
    let (mut report, before) = engine::audit_both((&head, &of_head), (&old, &of_base));
    for waiver in &of_head.pending {
        let message = format!(
            "the waiver of `{}` holds once its base has it, not for the change that brings it",
            waiver.rule
        );
        add_note(&mut report, Note::info(Place::Span(waiver.span), message));
    }
    if !submodules.is_empty() {
        let message = format!("submodules are left out of a comparison: `{}`", submodules.join("`, `"));
        add_note(&mut report, Note::info(Place::Tree, message));
    }
    let unread = unread_only_before(&before, &report);
    if unread > 0 {
        let message = format!(
            "{unread} of the base's files could not be read in full, so what they had is new where the change has it"
        );
        add_note(&mut report, Note::warning(Place::Tree, message));
    }
    let fails = compare.policy(&of_head.config.gate);
    gate::compare(&mut report, &head, &Before::of(&before, &old, id), &fails);
    Ok(Ok((head, report)))
}

fn against_baseline(
    report: &mut Report,
    sources: &Sources,
    path: &str,
    baseline: &Baseline,
    fails: &gate::Policy,
) {
    if baseline.ruleset != RULESET {
        let why = format!(
            "`{path}` was written with the rule set {} and this is {RULESET}; write it again with `forge baseline write`",
            baseline.ruleset
        );
        report.gate = Some(Gate::inconclusive(why));
        return;
    }
    gate::compare(report, sources, &baseline.before(path), fails);
}

fn add_note(report: &mut Report, note: Note) {
    report.notes.push(note);
    report.notes.sort();
}

/// How many warnings the base has that the head has not: those that do not concern a tree's file are counted too.
fn unread_only_before(before: &Report, after: &Report) -> usize {
    let of = |report: &Report| -> BTreeSet<String> {
        let warnings = report.notes.iter().filter(|note| note.level == NoteLevel::Warning);
        warnings.map(|note| note.message.clone()).collect()
    };
    of(before).difference(&of(after)).count()
}

/// Reads a baseline.
///
/// # Errors
/// When it cannot be read or is none.
pub(super) fn read(path: &Path) -> Result<Baseline, Failure> {
    let failure = |why: String| Failure::Baseline { path: path.display().to_string(), why };
    let bytes = std::fs::read(path).map_err(|error| {
        failure(match error.kind() {
            std::io::ErrorKind::NotFound => "does not exist; `forge baseline write` makes a baseline".into(),
            kind => format!("cannot be read: {kind}"),
        })
    })?;
    let text =
        String::from_utf8(bytes).map_err(|_| failure("is no baseline: it is not valid UTF-8".into()))?;
    Baseline::parse(&text).map_err(failure)
}

/// A path as a report names it: no report says where on a machine it was made.
pub(super) fn shown(path: &Path) -> String {
    let name = path.file_name().filter(|_| path.is_absolute());
    name.map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
}
