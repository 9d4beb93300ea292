//! What holds in a stage after inheritance: the questions that the model asks of a Dockerfile.

use std::collections::BTreeMap;

use super::{Base, Command, DockerfileFacts, Form, Healthcheck, Stage, Value, expand};
use crate::span::At;

impl DockerfileFacts {
    /// The stage that a build without `--target` makes.
    pub(crate) fn final_stage(&self) -> Option<usize> {
        self.stages.len().checked_sub(1)
    }

    /// The stage of that name, in either case; the last when several have it.
    pub(crate) fn stage_named(&self, name: &str) -> Option<usize> {
        self.stages
            .iter()
            .rposition(|stage| stage.name.as_ref().is_some_and(|own| own.value.eq_ignore_ascii_case(name)))
    }

    /// The stage and those that it is built on by FROM, nearest first. Ends, for a base always comes earlier.
    pub(crate) fn chain(&self, stage: usize) -> Vec<usize> {
        self.ancestry(stage).collect()
    }

    /// The first base of the chain that is not a stage. `None` for a stage that does not exist.
    pub(crate) fn root_base(&self, stage: usize) -> Option<&Base> {
        self.ancestry(stage).last().map(|root| &self.stages[root].base)
    }

    /// The user set last. `None` leaves the one of the external base.
    pub(crate) fn effective_user(&self, stage: usize) -> Option<&At<Value>> {
        self.nearest(stage, |stage| stage.user.as_ref())
    }

    pub(crate) fn effective_workdir(&self, stage: usize) -> Option<&At<Value>> {
        self.nearest(stage, |stage| stage.workdir.as_ref())
    }

    pub(crate) fn effective_stopsignal(&self, stage: usize) -> Option<&At<Value>> {
        self.nearest(stage, |stage| stage.stopsignal.as_ref())
    }

    /// `HEALTHCHECK NONE` included, which says that there is none.
    pub(crate) fn effective_healthcheck(&self, stage: usize) -> Option<&Healthcheck> {
        self.nearest(stage, |stage| stage.healthcheck.as_ref())
    }

    pub(crate) fn effective_shell(&self, stage: usize) -> Option<&Command> {
        self.nearest(stage, |stage| stage.shell.as_ref())
    }

    /// `ENTRYPOINT []` included, which takes an inherited one away.
    pub(crate) fn effective_entrypoint(&self, stage: usize) -> Option<&Command> {
        self.nearest(stage, |stage| stage.entrypoint.as_ref())
    }

    /// The CMD that goes with the entrypoint: a stage that sets an ENTRYPOINT and no CMD drops the
    /// inherited CMD.
    pub(crate) fn effective_cmd(&self, stage: usize) -> Option<&Command> {
        for index in self.ancestry(stage) {
            let stage = &self.stages[index];
            if stage.cmd.is_some() || stage.entrypoint.is_some() {
                return stage.cmd.as_ref();
            }
        }
        None
    }

    /// The environment that the file sets, sorted by name. Later values take the place of earlier ones.
    pub(crate) fn effective_env(&self, stage: usize) -> BTreeMap<&str, &At<Value>> {
        let mut env = BTreeMap::new();
        for index in self.ancestry(stage) {
            for (name, value) in self.stages[index].env.iter().rev() {
                env.entry(name.value.as_str()).or_insert(value);
            }
        }
        env
    }

    /// All ports exposed along the chain, the nearest stage's first.
    pub(crate) fn effective_expose(&self, stage: usize) -> Vec<&At<Value>> {
        self.ancestry(stage).flat_map(|index| &self.stages[index].expose).collect()
    }

    /// The words of the SHELL under which a command runs; `None` is the base's own.
    pub(crate) fn shell_words(&self, shell: Option<usize>) -> Option<&[At<String>]> {
        self.shells.get(shell?).map(Vec::as_slice)
    }

    /// A command as the container starts it: the words of the exec form, or the text of the shell form with
    /// the variables that the stage's environment sets. ARGs are gone by then.
    pub(crate) fn started(&self, stage: usize, command: &Command) -> Vec<At<Value>> {
        match &command.form {
            Form::Exec(words) => words
                .iter()
                .map(|word| At::new(Value { text: word.value.clone(), resolved: true }, word.range))
                .collect(),
            Form::Shell(text) => {
                let env = self.effective_env(stage);
                let find = |name: &str| env.get(name)?.value.known().map(str::to_owned);
                vec![At::new(expand::substitute(&text.value, &find), text.range)]
            }
        }
    }

    fn ancestry(&self, stage: usize) -> impl Iterator<Item = usize> + '_ {
        let first = (stage < self.stages.len()).then_some(stage);
        std::iter::successors(first, |index| match self.stages[*index].base {
            Base::Stage(base) if base < *index => Some(base),
            _ => None,
        })
    }

    fn nearest<'a, T>(&'a self, stage: usize, of: impl Fn(&'a Stage) -> Option<&'a T>) -> Option<&'a T> {
        self.ancestry(stage).find_map(|index| of(&self.stages[index]))
    }
}
