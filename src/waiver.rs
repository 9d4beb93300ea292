//! Waivers: findings that somebody accepts, for a reason and until a day.
//!
//! A waiver stands in a comment beside what it is about, or in the configuration. One that is not in order suppresses
//! nothing and is a problem, which the rule `waivers-valid` reports.

pub(crate) mod comment;
pub(crate) mod directive;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::config::{Config, ConfigWaiver, Paths, WAIVERS_RULE, check, names};
use crate::date;
use crate::finding::{Judged, Problem, Suppression, SuppressionKind};
use crate::rules;
use crate::source::Sources;
use crate::span::{FileId, LineIndex, Span};

/// What every comment that waives contains.
const NEEDLE: &str = "forge:";

/// All waivers of a tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waivers {
    /// Those in order.
    pub(crate) valid: Vec<Waiver>,
    /// What is wrong with the others.
    pub(crate) problems: Vec<Problem>,
}

/// A waiver that is in order: one rule, one place.
#[derive(Clone, Debug)]
pub(crate) struct Waiver {
    pub(crate) rule: String,
    pub(crate) place: WaiverPlace,
    pub(crate) reason: String,
    /// The last day on which it holds.
    pub(crate) until: Date,
    /// Where it is written.
    pub(crate) span: Span,
}

/// What a waiver is about.
#[derive(Clone, Debug)]
pub(crate) enum WaiverPlace {
    /// A line of the file that it stands in: what starts there.
    Line {
        /// In bytes, without the line break.
        start: u32,
        end: u32,
        /// Without blanks.
        text: String,
    },
    /// What an entry of the configuration names.
    Entry { path: Option<Paths>, service: Option<String> },
}

impl Waivers {
    /// The waivers that a tree holds, judged on a day.
    pub(crate) fn collect(sources: &Sources, config: &Config, today: Date) -> Self {
        let files: Vec<FileId> = sources.iter().map(|(id, _)| id).collect();
        let found: Vec<(Vec<Waiver>, Vec<Problem>)> = files
            .into_par_iter()
            .filter(|file| sources.text(*file).contains(NEEDLE))
            .map(|file| in_file(sources, file, config, today))
            .collect();
        let mut all = Self::default();
        for (valid, problems) in found {
            all.valid.extend(valid);
            all.problems.extend(problems);
        }
        for entry in &config.waivers {
            match ends(entry.until, config, today) {
                Ok(()) => all.valid.push(Waiver::of_entry(entry)),
                Err((message, help)) => all.problems.push(Problem::new(entry.span, message, help)),
            }
        }
        for elsewhere in config.services.iter().flat_map(|service| &service.elsewhere) {
            if let Err((message, help)) = ends(elsewhere.until, config, today) {
                all.problems.push(Problem::new(elsewhere.span, message, help));
            }
        }
        all
    }
}

impl Waiver {
    fn of_entry(entry: &ConfigWaiver) -> Self {
        Self {
            rule: entry.rule.clone(),
            place: WaiverPlace::Entry { path: entry.path.clone(), service: entry.service.clone() },
            reason: entry.reason.clone(),
            until: entry.until,
            span: entry.span,
        }
    }

    /// Whether it is about a problem of a verdict.
    pub(crate) fn covers(&self, sources: &Sources, judged: &Judged, problem: &Problem) -> bool {
        if self.rule != judged.rule.id {
            return false;
        }
        match &self.place {
            WaiverPlace::Line { start, end, .. } => {
                problem.span.file == self.span.file && (*start..=*end).contains(&problem.span.range.start)
            }
            WaiverPlace::Entry { path, service } => {
                path.as_ref().is_none_or(|path| path.matches(sources.path(problem.span.file)))
                    && service.as_ref().is_none_or(|name| {
                        judged.services.iter().all(|id| names(name, id)) && !judged.services.is_empty()
                    })
            }
        }
    }

    /// What makes it the same decision in another tree: neither the line nor the path of a comment, so that code may move.
    /// A later end or another reason is another decision.
    pub(crate) fn identity(&self) -> String {
        let until = self.until.to_string();
        let (kind, place, whose) = match &self.place {
            WaiverPlace::Line { text, .. } => ("comment", text.as_str(), ""),
            WaiverPlace::Entry { path, service } => (
                "entry",
                path.as_ref().map_or("", |path| path.text.as_str()),
                service.as_deref().unwrap_or_default(),
            ),
        };
        [kind, &self.rule, place, whose, &until, &self.reason].join("\0")
    }

    /// What a finding that it covers carries.
    pub(crate) fn suppression(&self) -> Suppression {
        Suppression {
            kind: match self.place {
                WaiverPlace::Line { .. } => SuppressionKind::InSource,
                WaiverPlace::Entry { .. } => SuppressionKind::Config,
            },
            reason: self.reason.clone(),
            until: Some(self.until.to_string()),
            span: self.span,
        }
    }
}

/// Whether a day is neither past nor too far ahead; otherwise what is wrong, and what to do.
pub(crate) fn ends(until: Date, config: &Config, today: Date) -> Result<(), (String, String)> {
    let days = date::days_between(today, until);
    if days < 0 {
        let help = "mend what it is about and remove it, or decide again and set a new day";
        return Err((format!("the waiver ended on {until}"), help.to_owned()));
    }
    let most = config.max_waiver_days;
    if days > most {
        let help = format!("choose a day within {most} days from today");
        return Err((format!("the waiver lasts until {until}, which is too long"), help));
    }
    Ok(())
}

fn in_file(sources: &Sources, file: FileId, config: &Config, today: Date) -> (Vec<Waiver>, Vec<Problem>) {
    let text = sources.text(file);
    let comments = comment::all(sources.file(file).kind, text);
    let (mut valid, mut problems): (Vec<Waiver>, Vec<Problem>) = (Vec::new(), Vec::new());
    let lines = LineIndex::new(text);
    for comment in &comments {
        let Some(directive) = directive::parse(text, comment) else { continue };
        let at = |range| Span::new(file, range);
        let mut wrong: Vec<Problem> = directive
            .errors
            .iter()
            .map(|error| Problem::new(at(error.range), &error.message, &error.help))
            .collect();
        for rule in &directive.rules {
            if rule.value == WAIVERS_RULE {
                let message = format!("`{}` cannot be waived", rule.value);
                wrong.push(Problem::new(at(rule.range), message, "mend or remove the waivers that it finds"));
            } else if rules::find(&rule.value).is_none() {
                let help = check::nearest(&rule.value, rules::ids())
                    .unwrap_or_else(|| "`forge rules` lists them all".into());
                wrong.push(Problem::new(at(rule.range), format!("there is no rule `{}`", rule.value), help));
            }
        }
        if let Some(until) = &directive.until
            && let Err((message, help)) = ends(until.value, config, today)
        {
            wrong.push(Problem::new(at(until.range), message, help));
        }
        let line = comment::target(text, &comments, comment);
        if line.is_none() && wrong.is_empty() {
            let help = "put it on the line of the code that it is about, or on the line above";
            wrong.push(Problem::new(at(comment.range), "the waiver stands beside no code", help));
        }
        let (Some(until), Some(line), true) = (&directive.until, line, wrong.is_empty()) else {
            problems.append(&mut wrong);
            continue;
        };
        for rule in &directive.rules {
            let is_twice = valid.iter().any(|other| {
                other.rule == rule.value
                    && matches!(other.place, WaiverPlace::Line { start, .. } if start as usize == line.start)
            });
            if is_twice {
                let number = lines.position(text, crate::span::Range::from(line.clone()).start).line;
                let message = format!("`{}` is waived twice for line {number}", rule.value);
                problems.push(Problem::new(at(rule.range), message, "keep one of the waivers"));
                continue;
            }
            let range = crate::span::Range::from(line.clone());
            valid.push(Waiver {
                rule: rule.value.clone(),
                place: WaiverPlace::Line {
                    start: range.start,
                    end: range.end,
                    text: text[line.clone()].split_whitespace().collect(),
                },
                reason: directive.reason.clone(),
                until: until.value,
                span: at(comment.range),
            });
        }
    }
    (valid, problems)
}
