//! From instructions to stages, in the order of the file.

use std::collections::BTreeMap;

use super::{
    Argument, Base, Command, Copy, CopyFrom, DockerfileFacts, Form, Healthcheck, HealthcheckKind, Run,
    Source, Stage,
    expand::{self, Expansion, Value, Variable, Variables},
    pick,
};
use crate::{
    span::{At, Range},
    syntax::{
        dockerfile::{self, Args, Instruction, Pair},
        image_ref::ImageRef,
    },
};

/// The variables that every build has before the first FROM, with values that depend on where it runs:
/// <https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope>.
const PLATFORM_ARGS: [&str; 10] = [
    "BUILDARCH",
    "BUILDOS",
    "BUILDPLATFORM",
    "BUILDVARIANT",
    "TARGETARCH",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETPLATFORM",
    "TARGETSTAGE",
    "TARGETVARIANT",
];

/// How many triggers of ONBUILD may fire in one file: each child repeats those of its base.
const TRIGGERS: usize = 1_000;

/// A path that relative WORKDIRs have made longer than any system allows grows no further.
const LONGEST_PATH: usize = 4_096;

/// How many ancestors are searched for a variable.
const ANCESTORS: usize = 64;

/// Goes through the instructions of a file and sorts them into stages.
pub(super) fn stages(text: &str) -> DockerfileFacts {
    let file = dockerfile::parse(text);
    let global = PLATFORM_ARGS.iter().map(|name| ((*name).to_owned(), Variable::Opaque)).collect();
    let mut builder = Builder {
        escape: file.escape,
        facts: DockerfileFacts { errors: file.errors, ..DockerfileFacts::default() },
        global,
        scopes: Vec::new(),
        names: BTreeMap::new(),
        triggers_left: TRIGGERS,
    };
    for instruction in &file.instructions {
        builder.instruction(instruction);
    }
    builder.finish()
}

struct Builder<'a> {
    escape: char,
    facts: DockerfileFacts,
    global: Variables,
    /// One per stage.
    scopes: Vec<Scope<'a>>,
    /// The stages of each name in lower case, ascending.
    names: BTreeMap<String, Vec<usize>>,
    triggers_left: usize,
}

/// What is in force at a place of a stage.
#[derive(Default)]
struct Scope<'a> {
    /// ARG and ENV; those of the base are found through `parent`.
    variables: Variables,
    /// The stage that this one is built on.
    parent: Option<usize>,
    /// The last SHELL, inherited or own.
    shell: Option<usize>,
    triggers: Vec<&'a Instruction>,
}

impl<'a> Builder<'a> {
    fn instruction(&mut self, instruction: &'a Instruction) {
        match (instruction.keyword.value.as_str(), self.facts.stages.len()) {
            ("FROM", _) => self.from(instruction),
            ("ARG", 0) => self.global_args(instruction),
            // An unknown instruction is an error already.
            (keyword, 0) if !matches!(instruction.args, Args::Unknown(_)) => {
                let message = format!("`{keyword}` stands before the first `FROM`");
                self.facts.errors.push(At::new(message, instruction.keyword.range));
            }
            (_, stages) => {
                if let Some(index) = stages.checked_sub(1) {
                    self.apply(instruction, index);
                }
            }
        }
    }

    fn finish(mut self) -> DockerfileFacts {
        if self.facts.stages.is_empty() && self.facts.errors.is_empty() {
            self.facts.errors.push(At::new("the file has no `FROM`".to_owned(), Range::default()));
        }
        self.facts.errors.sort_by_key(|error| error.range);
        // A `--from` may name a stage that comes later, so these wait until all are known.
        for (index, stage) in self.facts.stages.iter_mut().enumerate() {
            let copies = stage.copies.iter_mut().filter_map(|copy| copy.from.as_mut());
            let mounts = stage.runs.iter_mut().flat_map(|run| run.mounts_from.iter_mut());
            for source in copies.chain(mounts) {
                source.from = source_of(&source.token.value, index, self.scopes.len(), &self.names);
            }
        }
        self.facts
    }

    fn global_args(&mut self, instruction: &Instruction) {
        let Args::Pairs(pairs) = &instruction.args else { return };
        for pair in pairs {
            let expansion = pair
                .value
                .as_ref()
                .map(|raw| expand::expand(&raw.value, self.escape, &|name| self.global.get(name)));
            let variable = match &expansion {
                None if PLATFORM_ARGS.contains(&pair.name.value.as_str()) => Variable::Opaque,
                None => Variable::Declared,
                Some(expansion) => variable_of(expansion),
            };
            self.global.insert(pair.name.value.clone(), variable);
            self.facts.global_args.push(argument(pair, expansion));
        }
    }

    fn from(&mut self, instruction: &Instruction) {
        let Args::Words(words) = &instruction.args else { return };
        let Some(from) = words.first() else { return };
        let (base, alternatives) = self.base(from);
        let parent = if let Base::Stage(parent) = base { Some(parent) } else { None };
        let shell = parent.and_then(|parent| self.scopes[parent].shell);
        let name = match words.as_slice() {
            [_, keyword, name, ..] if keyword.value.eq_ignore_ascii_case("as") => Some(name.clone()),
            _ => None,
        };
        let index = self.scopes.len();
        self.scopes.push(Scope { parent, shell, ..Scope::default() });
        if let Some(name) = &name {
            self.names.entry(name.value.to_ascii_lowercase()).or_default().push(index);
        }
        self.facts.stages.push(Stage {
            name,
            range: instruction.range,
            from: from.clone(),
            base,
            alternatives,
            platform: instruction.flag("platform").cloned(),
            args: Vec::new(),
            env: Vec::new(),
            user: None,
            workdir: None,
            entrypoint: None,
            cmd: None,
            shell: None,
            expose: Vec::new(),
            healthcheck: None,
            stopsignal: None,
            copies: Vec::new(),
            runs: Vec::new(),
        });
        let triggers: Vec<_> = parent.map_or_else(Vec::new, |parent| {
            self.scopes[parent].triggers.iter().copied().take(self.triggers_left).collect()
        });
        self.triggers_left -= triggers.len();
        for trigger in triggers {
            self.apply(trigger, index);
        }
    }

    fn base(&self, from: &At<String>) -> (Base, Vec<usize>) {
        let expansion = expand::expand(&from.value, self.escape, &|name| self.global.get(name));
        let name = expansion.value.text;
        if let Some(missing) = expansion.missing {
            let stages = pick::stages(&name, &self.names);
            let base = stages.last().map_or(Base::Unresolved(missing), |stage| Base::Stage(*stage));
            return (base, stages);
        }
        let earlier = self.names.get(&name.to_ascii_lowercase()).and_then(|stages| stages.last());
        let base = match earlier {
            Some(stage) => Base::Stage(*stage),
            None if name == "scratch" => Base::Scratch,
            None => ImageRef::parse(&name).map_or_else(|| Base::Unresolved(from.value.clone()), Base::Image),
        };
        (base, Vec::new())
    }

    /// Takes one instruction into a stage.
    fn apply(&mut self, instruction: &'a Instruction, index: usize) {
        let range = instruction.range;
        match (instruction.keyword.value.as_str(), &instruction.args) {
            ("ARG", Args::Pairs(pairs)) => pairs.iter().for_each(|pair| self.argument(pair, index)),
            ("ENV", Args::Pairs(pairs)) => self.env(pairs, index),
            ("USER", Args::Text(text)) => self.facts.stages[index].user = Some(self.value(text, index)),
            ("WORKDIR", Args::Text(text)) => self.workdir(text, index),
            ("STOPSIGNAL", Args::Text(text)) => {
                self.facts.stages[index].stopsignal = Some(self.value(text, index));
            }
            ("EXPOSE", Args::Words(words)) => {
                let ports: Vec<_> = words.iter().map(|word| self.value(word, index)).collect();
                self.facts.stages[index].expose.extend(ports);
            }
            ("ENTRYPOINT", args) => {
                let command = self.command(args, range, index);
                self.facts.stages[index].entrypoint = Some(command);
            }
            ("CMD", args) => {
                let command = self.command(args, range, index);
                self.facts.stages[index].cmd = Some(command);
            }
            ("SHELL", Args::Json(words)) => {
                let command = self.command(&instruction.args, range, index);
                self.facts.stages[index].shell = Some(command);
                self.scopes[index].shell = Some(self.facts.shells.len());
                self.facts.shells.push(words.clone());
            }
            ("HEALTHCHECK", Args::Health { kind, command }) => {
                let kind = match command {
                    Some(args) if kind.value.eq_ignore_ascii_case("cmd") => {
                        HealthcheckKind::Command(self.command(args, range, index))
                    }
                    _ if kind.value.eq_ignore_ascii_case("none") => HealthcheckKind::None,
                    // Already an error of the parse.
                    _ => return,
                };
                let options = instruction.flags.clone();
                self.facts.stages[index].healthcheck = Some(Healthcheck { kind, options, range });
            }
            ("COPY" | "ADD", Args::Words(words) | Args::Json(words)) => self.copy(instruction, words, index),
            ("RUN", _) => self.run(instruction, index),
            ("ONBUILD", Args::Trigger(trigger)) => self.scopes[index].triggers.push(trigger),
            _ => {}
        }
    }

    fn argument(&mut self, pair: &Pair, index: usize) {
        let name = pair.name.value.clone();
        let expansion = pair.value.as_ref().map(|raw| self.expansion(&raw.value, index));
        let variable = match &expansion {
            Some(expansion) => variable_of(expansion),
            // Without a default of its own it takes that of the global one.
            None => self.global.get(&name).cloned().unwrap_or(Variable::Declared),
        };
        self.scopes[index].variables.insert(name, variable);
        self.facts.stages[index].args.push(argument(pair, expansion));
    }

    /// All pairs of one ENV see the environment before it.
    fn env(&mut self, pairs: &[Pair], index: usize) {
        let mut set = Vec::new();
        for pair in pairs {
            let Some(raw) = &pair.value else { continue };
            let expansion = self.expansion(&raw.value, index);
            let name = At::new(self.expansion(&pair.name.value, index).value.text, pair.name.range);
            set.push((name, variable_of(&expansion), At::new(expansion.value, raw.range)));
        }
        for (name, variable, value) in set {
            self.scopes[index].variables.insert(name.value.clone(), variable);
            self.facts.stages[index].env.push((name, value));
        }
    }

    fn workdir(&mut self, text: &At<String>, index: usize) {
        let mut value = self.value(text, index);
        let absolute = |path: &str| path.starts_with('/') || path.as_bytes().get(1) == Some(&b':');
        if !absolute(&value.value.text) && !value.value.text.starts_with('$') {
            let before = self.facts.effective_workdir(index).map(|before| before.value.clone());
            let before = match before {
                Some(before) => before,
                None if matches!(self.facts.root_base(index), Some(Base::Scratch)) => {
                    Value { text: "/".to_owned(), resolved: true }
                }
                None => Value { text: String::new(), resolved: false },
            };
            value.value.resolved &= before.resolved;
            if !before.text.is_empty() && before.text.len() < LONGEST_PATH {
                let relative = value.value.text.trim_start_matches("./");
                value.value.text = format!("{}/{relative}", before.text.trim_end_matches('/'));
            }
        }
        self.facts.stages[index].workdir = Some(value);
    }

    fn command(&self, args: &Args, range: Range, index: usize) -> Command {
        let form = form(args, range);
        Command { form, shell: self.scopes[index].shell, range }
    }

    fn copy(&mut self, instruction: &Instruction, words: &[At<String>], index: usize) {
        let Some((dest, sources)) = words.split_last() else { return };
        let json = matches!(instruction.args, Args::Json(_));
        let sources = sources
            .iter()
            .filter(|word| json || !dockerfile::is_announcement(&word.value))
            .map(|word| self.value(word, index))
            .collect();
        let copy = Copy {
            from: instruction.flag("from").map(|token| pending(token.clone())),
            sources,
            dest: self.value(dest, index),
            add: instruction.keyword.value == "ADD",
            range: instruction.range,
        };
        self.facts.stages[index].copies.push(copy);
    }

    fn run(&mut self, instruction: &Instruction, index: usize) {
        let form = form(&instruction.args, instruction.range);
        let script = match &form {
            Form::Exec(words) => {
                let text: Vec<_> = words.iter().map(|word| word.value.as_str()).collect();
                let range = words.iter().map(|word| word.range).reduce(Range::cover);
                At::new(text.join(" "), range.unwrap_or(instruction.range))
            }
            Form::Shell(text) => script(text, instruction),
        };
        let mounts = instruction.flags.iter().filter(|flag| flag.name.value == "mount");
        let mounts_from = mounts.filter_map(|flag| mount_source(flag.value.as_ref()?)).map(pending).collect();
        let find = |name: &str| match self.find(name, index) {
            Some(Variable::Known(value)) => Some(value.clone()),
            _ => None,
        };
        let expanded = expand::substitute(&script.value, &find).text;
        let shell = self.scopes[index].shell;
        let run = Run { script, expanded, form, shell, mounts_from, range: instruction.range };
        self.facts.stages[index].runs.push(run);
    }

    fn value(&self, word: &At<String>, index: usize) -> At<Value> {
        At::new(self.expansion(&word.value, index).value, word.range)
    }

    fn expansion(&self, raw: &str, index: usize) -> Expansion {
        expand::expand(raw, self.escape, &|name| self.find(name, index))
    }

    fn find(&self, name: &str, index: usize) -> Option<&Variable> {
        let stages = std::iter::successors(Some(index), |index| self.scopes[*index].parent);
        stages.take(ANCESTORS).find_map(|index| self.scopes[index].variables.get(name))
    }
}

fn argument(pair: &Pair, expansion: Option<Expansion>) -> Argument {
    let default =
        pair.value.as_ref().zip(expansion).map(|(raw, expansion)| At::new(expansion.value, raw.range));
    Argument { name: pair.name.clone(), default }
}

fn variable_of(expansion: &Expansion) -> Variable {
    expansion.value.known().map_or(Variable::Opaque, |text| Variable::Known(text.to_owned()))
}

/// An instruction without a command has no words.
fn form(args: &Args, range: Range) -> Form {
    match args {
        Args::Json(words) => Form::Exec(words.clone()),
        Args::Text(text) => Form::Shell(text.clone()),
        _ => Form::Shell(At::new(String::new(), range)),
    }
}

/// What the shell reads of a RUN with here-documents.
fn script(text: &At<String>, instruction: &Instruction) -> At<String> {
    match instruction.heredocs.as_slice() {
        [] => text.clone(),
        [only] if dockerfile::is_announcement(&text.value) => At::new(only.content(), only.body.range),
        heredocs => {
            let mut script = format!("{}\n", text.value);
            for heredoc in heredocs {
                script.push_str(&heredoc.body.value);
                script.push_str(&heredoc.name.value);
                script.push('\n');
            }
            At::new(script, text.range.cover(Range { start: text.range.start, end: instruction.range.end }))
        }
    }
}

/// The `from=` among the options of a mount.
fn mount_source(options: &At<String>) -> Option<At<String>> {
    let mut start = 0;
    for option in options.value.split(',') {
        if let Some(value) = option.strip_prefix("from=") {
            // Quotes and continuations make the text shorter than what is written; then the whole option is
            // the place.
            let exact = options.range.as_usize().len() == options.value.len();
            let at = options.range.start as usize + start + "from=".len();
            let range = if exact { Range::new(at, at + value.len()) } else { options.range };
            return Some(At::new(value.to_owned(), range));
        }
        start += option.len() + 1;
    }
    None
}

fn pending(token: At<String>) -> Source {
    let from = CopyFrom::Unresolved(token.value.clone());
    Source { token, from }
}

fn source_of(token: &str, index: usize, stages: usize, names: &BTreeMap<String, Vec<usize>>) -> CopyFrom {
    if let Some(named) = names.get(&token.to_ascii_lowercase()) {
        let earlier = named.partition_point(|stage| *stage < index);
        let found = if earlier > 0 { named.get(earlier - 1) } else { named.first() };
        if let Some(stage) = found.filter(|stage| **stage != index) {
            return CopyFrom::Stage(*stage);
        }
    }
    if let Ok(number) = token.parse::<usize>() {
        return if number < stages && number != index {
            CopyFrom::Stage(number)
        } else {
            CopyFrom::Unresolved(token.to_owned())
        };
    }
    ImageRef::parse(token).map_or_else(|| CopyFrom::Unresolved(token.to_owned()), CopyFrom::Image)
}
