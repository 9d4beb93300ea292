//! How long a container is given to stop, and what of that passes before it is told to.

use std::time::Duration;

use crate::facts::compose::{ComposeService, Variables};
use crate::facts::kubernetes::{Container, PodSpec};
use crate::model::start::texts;
use crate::model::tools::Runs;
use crate::source::file_name;
use crate::span::{FileId, Home, Span};
use crate::syntax::shell;

/// After so long Kubernetes kills what has not stopped
/// (<https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination>).
const OF_KUBERNETES: Duration = Duration::from_secs(30);

/// And Compose (<https://docs.docker.com/reference/compose-file/services/#stop_grace_period>).
const OF_COMPOSE: Duration = Duration::from_secs(10);

/// The time between being told to stop and being killed; `preStop` hooks are part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grace {
    /// `None` where what is written says no time that is known.
    pub(crate) length: Option<Duration>,
    /// Absent, it is the platform's default.
    pub(crate) said: Option<Span>,
}

/// A sleep in a `preStop` hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delay {
    pub(crate) length: Duration,
    pub(crate) span: Span,
}

impl Grace {
    pub(super) fn of_pod(home: &Home, pod: &PodSpec) -> Self {
        match &pod.grace_period_seconds {
            Some(seconds) => Self {
                length: u64::try_from(seconds.value).ok().map(Duration::from_secs),
                said: Some(home.at(seconds)),
            },
            None => Self { length: Some(OF_KUBERNETES), said: None },
        }
    }

    pub(super) fn of_compose(file: FileId, service: &ComposeService, known: &Variables) -> Self {
        match &service.stop_grace_period {
            Some(text) => Self {
                length: known.value(&text.value).and_then(|text| duration(&text)),
                said: Some(text.span(file)),
            },
            None => Self { length: Some(OF_COMPOSE), said: None },
        }
    }
}

impl Delay {
    pub(super) fn of(home: &Home, container: &Container) -> Option<Self> {
        if let Some(seconds) = &container.pre_stop_sleep {
            let length = Duration::from_secs(u64::try_from(seconds.value).ok()?);
            return Some(Self { length, span: home.at(seconds) });
        }
        let (name, command) = container.hooks.iter().find(|(name, _)| name.value == "preStop")?;
        Some(Self { length: slept(&Runs::Words(texts(command)))?, span: home.at(name) })
    }
}

/// How long a command sleeps: `sleep 5`, alone or among the commands of a shell that are run in any case.
fn slept(run: &Runs) -> Option<Duration> {
    let sleeps = |words: &[String]| words.first().is_some_and(|word| file_name(word) == "sleep");
    match (run.script(), run) {
        (Some(text), _) => {
            let commands = shell::parse(text).commands;
            let all = commands.iter().filter(|command| {
                sleeps(&command.words) && !command.context.conditional && !command.context.function
            });
            let total: Option<Duration> = all.map(|command| of_sleep(command.words.get(1)?)).sum();
            total.filter(|total| !total.is_zero())
        }
        (None, Runs::Words(words)) if sleeps(words) => of_sleep(words.get(1)?),
        _ => None,
    }
}

/// The argument of `sleep`: seconds, or a number with a unit.
fn of_sleep(text: &str) -> Option<Duration> {
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => duration(text),
    }
}

/// `1m30s`, `90s`, `500ms`
/// (<https://github.com/compose-spec/compose-spec/blob/main/11-extension.md#specifying-durations>).
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let one = match &rest[..unit] {
            "us" => Duration::from_micros(1),
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_mins(1),
            "h" => Duration::from_hours(1),
            _ => return None,
        };
        total = total.checked_add(one.checked_mul(u32::try_from(number).ok()?)?)?;
        rest = &rest[unit..];
    }
    (!text.trim().is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, slept};
    use crate::model::tools::Runs;

    #[test]
    fn durations_are_those_of_compose() {
        assert_eq!(duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("2h"), Some(Duration::from_hours(2)));
        for wrong in ["", "30", "s", "1x", "1.5s", "-1s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_hook_sleeps_as_long_as_it_says() {
        let of = |words: &[&str]| slept(&Runs::Words(words.iter().map(|word| (*word).to_owned()).collect()));
        assert_eq!(of(&["sleep", "5"]), Some(Duration::from_secs(5)));
        assert_eq!(
            of(&["/bin/sh", "-c", "sleep 15 && curl -X POST localhost/drain"]),
            Some(Duration::from_secs(15))
        );
        assert_eq!(of(&["sh", "-c", "sleep $DELAY"]), None);
        assert_eq!(of(&["/app/drain"]), None);
        // Whether it sleeps is not known.
        assert_eq!(of(&["sh", "-c", "if ready; then sleep 60; fi"]), None);
    }
}
