//! Every key of the configuration, once: what may stand there, what it is when nothing stands there, and what it is for.
//!
//! The validation, the JSON Schema and a test of `docs/configuration.md` are all made from this table.

use crate::model::ServiceKind;
use crate::rule::{Confidence, Level, Severity};

/// A key of a table.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// As JSON; empty where there is none.
    pub(crate) default: &'static str,
    /// One sentence.
    pub(crate) about: &'static str,
}

/// What may stand at a key.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// The id of a rule.
    Rule,
    /// The id of a rule, a pillar, or `all`.
    Selector,
    Capability,
    /// One of these.
    OneOf(fn() -> Vec<&'static str>),
    /// Not blank.
    Text,
    /// An address of the web.
    Link,
    Glob,
    /// `YYYY-MM-DD`, as a date or as a string.
    Day,
    /// A number within these bounds, both inclusive.
    Number(i64, i64),
    List(&'static Kind),
    /// From rules to what may stand beside each.
    ByRule(&'static Kind),
    Table(&'static [Key]),
    /// `[[name]]`.
    Tables(&'static [Key]),
}

fn severities() -> Vec<&'static str> {
    Severity::ALL.map(Severity::id).to_vec()
}

fn confidences() -> Vec<&'static str> {
    Confidence::ALL.map(Confidence::id).to_vec()
}

fn levels() -> Vec<&'static str> {
    Level::ALL.map(Level::id).to_vec()
}

fn kinds() -> Vec<&'static str> {
    ServiceKind::ALL.map(ServiceKind::id).to_vec()
}

fn presets() -> Vec<&'static str> {
    vec!["recommended", "strict"]
}

fn tiers() -> Vec<&'static str> {
    vec!["critical", "standard", "internal"]
}

/// The whole file.
pub(crate) const ROOT: &[Key] = &[
    key(
        "preset",
        Kind::OneOf(presets),
        "\"recommended\"",
        "Which defaults hold: what the gate asks for and how long a waiver may last",
    ),
    key("exclude", Kind::List(&Kind::Glob), "[]", "Paths that are not audited at all; the report names them"),
    key(
        "max_waiver_days",
        Kind::Number(1, 365),
        "",
        "How many days ahead a waiver may end; 365 in `recommended`, 90 in `strict`",
    ),
    key("rules", Kind::Table(RULES), "", "Which rules are on, and how bad what they find is"),
    key(
        "path",
        Kind::Tables(PATH),
        "",
        "What holds below some paths only; of two that match, the later one decides",
    ),
    key(
        "service",
        Kind::Tables(SERVICE),
        "",
        "What is known of a service and stands in no file that Forge reads",
    ),
    key("gate", Kind::Table(GATE), "", "When `forge gate` fails"),
    key(
        "waiver",
        Kind::Tables(WAIVER),
        "",
        "A finding that is accepted for a while, where no comment can stand beside it",
    ),
];

const RULES: &[Key] = &[
    key("select", Kind::List(&Kind::Selector), "[\"all\"]", "The rules that are on: ids, pillars or `all`"),
    key("ignore", Kind::List(&Kind::Selector), "[]", "The rules of these that are off"),
    key(
        "severity",
        Kind::ByRule(&Kind::OneOf(severities)),
        "{}",
        "How bad what a rule finds is, instead of what its page says",
    ),
];

const PATH: &[Key] = &[
    required("paths", Kind::List(&Kind::Glob), "The globs; a folder stands for all below it"),
    key("ignore", Kind::List(&Kind::Selector), "[]", "The rules whose findings are not wanted there"),
    key("severity", Kind::ByRule(&Kind::OneOf(severities)), "{}", "How bad what a rule finds is there"),
];

const SERVICE: &[Key] = &[
    required(
        "name",
        Kind::Text,
        "The service's id as reports name it, such as `crates/api:api`, or its binary's name",
    ),
    key("tier", Kind::OneOf(tiers), "", "How much depends on it; shown in the report"),
    key("kind", Kind::OneOf(kinds), "", "What kind of service it is, where Forge takes it for another"),
    key(
        "handled_elsewhere",
        Kind::Tables(ELSEWHERE),
        "",
        "What something outside of the repository does for it",
    ),
];

const ELSEWHERE: &[Key] = &[
    key("rule", Kind::Rule, "", "The rule that is satisfied elsewhere; either this or `capability`"),
    key("capability", Kind::Capability, "", "The capability that is had elsewhere; either this or `rule`"),
    required("link", Kind::Link, "Where that can be seen"),
    required("until", Kind::Day, "The last day on which this is believed; at most a year ahead"),
    required("reason", Kind::Text, "Who does it, and how"),
];

const GATE: &[Key] = &[
    key(
        "fail_on",
        Kind::OneOf(severities),
        "",
        "A new finding this bad or worse fails; `medium` in `recommended`, `low` in `strict`",
    ),
    key(
        "min_confidence",
        Kind::OneOf(confidences),
        "",
        "A new finding less sure than this does not fail; `medium` in `recommended`, `low` in `strict`",
    ),
    key("max_drop", Kind::Number(0, 100), "0", "How many points a service's score may lose"),
    key("fail_under", Kind::Number(0, 100), "", "A service with fewer points fails, whatever it had before"),
    key(
        "require_level",
        Kind::OneOf(levels),
        "",
        "A service below this level fails: `bronze`, `silver` or `gold`",
    ),
];

const WAIVER: &[Key] = &[
    required("rule", Kind::Rule, "The rule whose findings are accepted"),
    key("path", Kind::Glob, "", "Where they stand; this, `service`, or both"),
    key("service", Kind::Text, "", "Whose they are: a service's id or its binary's name"),
    required("reason", Kind::Text, "Why they are accepted"),
    required("until", Kind::Day, "The last day on which they are"),
];

const fn key(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key { name, kind, required: false, default, about }
}

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: true, default: "", about }
}
