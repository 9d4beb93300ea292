//! What a comment says that waives: `forge: allow(rule, other-rule, until = 2027-03-01) reason`.

use jiff::civil::Date;

use super::comment::Comment;
use crate::config::ConfigError;
use crate::date;
use crate::span::{At, Range};

/// A comment that is meant for Forge.
#[derive(Debug)]
pub(super) struct Directive {
    pub(super) rules: Vec<At<String>>,
    pub(super) until: Option<At<Date>>,
    pub(super) reason: String,
    /// What is wrong with it; then it waives nothing.
    pub(super) errors: Vec<ConfigError>,
}

const FORM: &str = "write `forge: allow(rule, until = 2027-03-01) reason`";

/// Reads a comment; `None` where it is not meant for Forge.
pub(super) fn parse(text: &str, comment: &Comment) -> Option<Directive> {
    let content = comment.content(text);
    let rest = text[content.clone()].trim_start().strip_prefix(super::NEEDLE)?.trim_start();
    let start = content.end - rest.len();
    let word_end = rest.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
    let (word, after) = rest.split_at(word_end);
    let mut directive =
        Directive { rules: Vec::new(), until: None, reason: String::new(), errors: Vec::new() };
    let whole: Range = comment.range;
    let mut wrong = |range: Range, message: &str, help: &str| {
        directive.errors.push(ConfigError::new(range, message.to_owned(), help.to_owned()));
    };
    let opened = after.trim_start().strip_prefix('(');
    if word != "allow" {
        // "forge: " opens many a sentence. Who writes an argument, or almost the word, means this.
        let is_meant = opened.is_some() || strsim::damerau_levenshtein(word, "allow") <= 1;
        if !is_meant {
            return None;
        }
        wrong(Range::new(start, start + word_end), &format!("forge knows no comment `{word}`"), FORM);
        return Some(directive);
    }
    let Some((inside, reason)) = opened.and_then(|opened| opened.split_once(')')) else {
        wrong(whole, "the waiver names its rules in no parentheses", FORM);
        return Some(directive);
    };
    let inside_start = content.end - reason.len() - 1 - inside.len();
    let mut at = inside_start;
    for part in inside.split(',') {
        let trimmed = part.trim();
        let begin = at + (part.len() - part.trim_start().len());
        let range = Range::new(begin, begin + trimmed.len());
        at += part.len() + 1;
        match trimmed.split_once('=') {
            _ if trimmed.is_empty() => {}
            None => directive.rules.push(At::new(trimmed.to_owned(), range)),
            Some((key, value)) if key.trim() == "until" => {
                let value = value.trim().trim_matches('"');
                match date::parse(value) {
                    Some(_) if directive.until.is_some() => {
                        let message = "the waiver ends on two days".to_owned();
                        directive.errors.push(ConfigError::new(range, message, "keep one `until`".into()));
                    }
                    Some(day) => directive.until = Some(At::new(day, range)),
                    None => directive.errors.push(ConfigError::new(
                        range,
                        format!("`{value}` is no day"),
                        "write it as `2027-03-01`".to_owned(),
                    )),
                }
            }
            Some((key, _)) => directive.errors.push(ConfigError::new(
                range,
                format!("a waiver has no `{}`", key.trim()),
                FORM.to_owned(),
            )),
        }
    }
    let mut wrong = |message: &str, help: &str| {
        directive.errors.push(ConfigError::new(whole, message.to_owned(), help.to_owned()));
    };
    if directive.rules.is_empty() {
        wrong("the waiver names no rule", FORM);
    }
    if directive.until.is_none() && !inside.contains("until") {
        wrong("the waiver has no end", "add `until = YYYY-MM-DD` within its parentheses");
    }
    reason.trim().trim_start_matches([':', '-', '–', '—']).trim().clone_into(&mut directive.reason);
    if !directive.reason.contains(char::is_alphanumeric) {
        wrong("the waiver has no reason", "say behind the parentheses why this is accepted");
    } else if directive.reason.contains("forge:") {
        wrong(
            "two waivers stand in one comment",
            "name both rules in one: `allow(rule, other-rule, until = …)`",
        );
    }
    Some(directive)
}
